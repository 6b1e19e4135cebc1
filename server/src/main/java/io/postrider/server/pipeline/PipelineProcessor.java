package io.postrider.server.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.james.lifecycle.api.LifecycleUtil;
import org.apache.james.mailetcontainer.impl.MatcherMailetPair;
import org.apache.james.mailetcontainer.impl.ProcessorUtil;
import org.apache.james.mailetcontainer.lib.AbstractStateMailetProcessor;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.metrics.api.TimeMetric;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Mail;
import org.apache.mailet.Mailet;
import org.apache.mailet.Matcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of one processor, as James runs them: its own class does the same with streams, sets of mails, and a dozen of new MDC entries around each matcher
 * and each mailet, which was more than all mailets of ours together.
 */
final class PipelineProcessor extends AbstractStateMailetProcessor {
    private static final Logger LOGGER = LoggerFactory.getLogger(PipelineProcessor.class);

    private final MetricFactory metrics;
    private List<Step> steps = List.of();

    PipelineProcessor(MetricFactory metrics) {
        this.metrics = metrics;
    }

    @Override
    protected void setupRouting(List<MatcherMailetPair> pairs) {
        steps = pairs.stream().map(Step::new).toList();
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        List<Mail> made = new ArrayList<>(0);
        try {
            List<Mail> here = List.of(mail);
            for (Step step : steps) {
                here = here.size() == 1 ? step.take(here.get(0), made) : step.takeAll(here, made);
                if (here.isEmpty()) {
                    break;
                }
            }
            here.forEach(this::fellOff);
        } finally {
            made.stream().filter(PipelineProcessor::isGhost).forEach(LifecycleUtil::dispose);
        }
    }

    private void fellOff(Mail mail) {
        // To fall off the end of the error processor is the normal way.
        if (!Mail.ERROR.equals(getState())) {
            LOGGER.warn(
                    "mail {} came to the end of the processor {}; is a step missing in mailetcontainer.xml?",
                    mail.getName(),
                    getState());
        }
        mail.setState(Mail.GHOST);
    }

    private static boolean isGhost(Mail mail) {
        return Mail.GHOST.equals(mail.getState());
    }

    private static String orError(Optional<String> configured) {
        return configured.map(value -> value.strip().toLowerCase(Locale.US)).orElse(Mail.ERROR);
    }

    /** A matcher and its mailet. */
    private final class Step {
        private final Matcher matcher;
        private final Mailet mailet;
        private final String onMatchException;
        private final String onMailetException;
        private final String timer;

        Step(MatcherMailetPair pair) {
            this.matcher = pair.getMatcher();
            this.mailet = pair.getMailet();
            this.onMatchException = orError(Optional.ofNullable(pair.getOnMatchException()));
            this.onMailetException =
                    orError(Optional.ofNullable(mailet.getMailetConfig().getInitParameter("onMailetException")));
            this.timer = mailet.getClass().getSimpleName();
        }

        List<Mail> takeAll(List<Mail> mails, List<Mail> made) throws MessagingException {
            List<Mail> rest = new ArrayList<>();
            for (Mail mail : mails) {
                rest.addAll(take(mail, made));
            }
            return rest;
        }

        /** Takes a mail, and returns what is still in this processor afterwards. */
        List<Mail> take(Mail mail, List<Mail> made) throws MessagingException {
            Collection<MailAddress> all = mail.getRecipients();
            Collection<MailAddress> matched = match(mail);
            if (matched.isEmpty()) {
                return goOn(mail);
            }
            List<MailAddress> others = List.of();
            if (matched != all) {
                others = new ArrayList<>(all);
                matched.forEach(others::remove);
            }
            if (others.isEmpty()) {
                serve(mail);
                return goOn(mail);
            }
            mail.setRecipients(others);
            Mail copy = MailImpl.duplicate(mail);
            made.add(copy);
            copy.setRecipients(matched);
            copy.setState(mail.getState());
            serve(copy);
            List<Mail> rest = new ArrayList<>(goOn(copy));
            rest.addAll(goOn(mail));
            return rest;
        }

        private List<Mail> goOn(Mail mail) throws MessagingException {
            if (mail.getState().equals(getState())) {
                return List.of(mail);
            }
            if (!isGhost(mail)) {
                toProcessor(mail);
            }
            return List.of();
        }

        private Collection<MailAddress> match(Mail mail) throws MessagingException {
            try {
                Collection<MailAddress> matched = matcher.match(mail);
                if (matched == null) {
                    return List.of();
                }
                if (matched != mail.getRecipients()) {
                    ProcessorUtil.verifyMailAddresses(matched);
                }
                return matched;
            } catch (Exception | NoClassDefFoundError e) {
                return onFailedMatch(mail, e);
            }
        }

        private Collection<MailAddress> onFailedMatch(Mail mail, Throwable failure) throws MessagingException {
            switch (onMatchException) {
                case "nomatch" -> {
                    LOGGER.warn("matcher {} failed for mail {}; it matches nobody", matcher, mail.getName(), failure);
                    return List.of();
                }
                case "matchall" -> {
                    LOGGER.warn("matcher {} failed for mail {}; it matches all", matcher, mail.getName(), failure);
                    return mail.getRecipients();
                }
                case "propagate" -> throw propagated(failure);
                default -> {
                    ProcessorUtil.handleException(
                            failure, mail, matcher.getMatcherConfig().getMatcherName(), onMatchException, LOGGER);
                    return List.of();
                }
            }
        }

        private void serve(Mail mail) throws MessagingException {
            TimeMetric time = metrics.timer(timer);
            try {
                mailet.service(mail);
            } catch (Exception | NoClassDefFoundError e) {
                onFailedMailet(mail, e);
            } finally {
                time.stopAndPublish();
                if (mail.getRecipients().isEmpty()) {
                    mail.setState(Mail.GHOST);
                }
            }
        }

        private void onFailedMailet(Mail mail, Throwable failure) throws MessagingException {
            switch (onMailetException) {
                case "ignore" -> {
                    LOGGER.warn("mailet {} failed for mail {}; it is passed over", mailet, mail.getName(), failure);
                    ProcessorUtil.verifyMailAddresses(mail.getRecipients());
                }
                case "propagate" -> throw propagated(failure);
                default ->
                    ProcessorUtil.handleException(
                            failure, mail, mailet.getMailetConfig().getMailetName(), onMailetException, LOGGER);
            }
        }

        private MessagingException propagated(Throwable failure) {
            if (failure instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (failure instanceof Error error) {
                throw error;
            }
            return failure instanceof MessagingException known
                    ? known
                    : new MessagingException(mailet + " failed", (Exception) failure);
        }
    }
}
