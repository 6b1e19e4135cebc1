package io.postrider.server.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import java.io.ByteArrayInputStream;
import java.io.Serial;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.mail.MessagingException;
import org.apache.commons.configuration2.ex.ConfigurationException;
import org.apache.james.core.MailAddress;
import org.apache.james.metrics.dropwizard.DropWizardMetricFactory;
import org.apache.james.server.core.MailImpl;
import org.apache.james.server.core.configuration.FileConfigurationProvider;
import org.apache.mailet.Mail;
import org.apache.mailet.Mailet;
import org.apache.mailet.MailetConfig;
import org.apache.mailet.Matcher;
import org.apache.mailet.MatcherConfig;
import org.apache.mailet.base.GenericMailet;
import org.apache.mailet.base.GenericMatcher;
import org.apache.mailet.base.test.FakeMailContext;
import org.junit.jupiter.api.Test;

/** That {@code mailetcontainer.xml} means here what it means to James. */
class PipelineTest {
    private final List<String> seen = new ArrayList<>();
    private final MetricRegistry metrics = new MetricRegistry();

    /** Notes that it was there, and for whom. */
    private final class Note extends GenericMailet {
        @Override
        public void service(Mail mail) {
            seen.add(getInitParameter("as") + " " + mail.getRecipients());
        }
    }

    private static final class To extends GenericMailet {
        @Override
        public void service(Mail mail) {
            mail.setState(getInitParameter("processor"));
        }
    }

    private static final class Fail extends GenericMailet {
        @Override
        public void service(Mail mail) throws MessagingException {
            throw new MessagingException("out of order");
        }
    }

    private static final class Nobody extends GenericMailet {
        @Override
        public void service(Mail mail) {
            mail.setRecipients(List.of());
        }
    }

    private static final class For extends GenericMatcher {
        @Override
        public Collection<MailAddress> match(Mail mail) {
            return mail.getRecipients().stream()
                    .filter(recipient -> recipient.getLocalPart().equals(getCondition()))
                    .toList();
        }
    }

    private static final class Broken extends GenericMatcher {
        @Override
        public Collection<MailAddress> match(Mail mail) throws MessagingException {
            throw new StoreIsDown();
        }
    }

    private static final class StoreIsDown extends MessagingException {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    private static final class All extends GenericMatcher {
        @Override
        public Collection<MailAddress> match(Mail mail) {
            return mail.getRecipients();
        }
    }

    private Mailet mailet(MailetConfig config) throws MessagingException {
        Mailet mailet = switch (config.getMailetName()) {
            case "Note" -> new Note();
            case "To" -> new To();
            case "Fail" -> new Fail();
            case "Nobody" -> new Nobody();
            default -> throw new MessagingException(config.getMailetName());
        };
        mailet.init(config);
        return mailet;
    }

    private static Matcher matcher(MatcherConfig config) throws MessagingException {
        Matcher matcher = switch (config.getMatcherName()) {
            case "All" -> new All();
            case "For" -> new For();
            case "Broken" -> new Broken();
            default -> throw new MessagingException(config.getMatcherName());
        };
        matcher.init(config);
        return matcher;
    }

    private Pipeline pipeline(String root) throws Exception {
        String processors = "<processors enableJmx=\"false\"><processor state=\"root\">" + root + "</processor>"
                + "<processor state=\"other\">" + note("other") + "</processor>"
                + "<processor state=\"error\">" + note("error") + "</processor></processors>";
        Pipeline pipeline = new Pipeline(
                new DropWizardMetricFactory(metrics),
                FakeMailContext.defaultContext(),
                PipelineTest::matcher,
                PipelineTest.this::mailet);
        pipeline.configure(FileConfigurationProvider.getConfig(new ByteArrayInputStream(processors.getBytes(UTF_8))));
        pipeline.init();
        return pipeline;
    }

    private static String note(String as) {
        return "<mailet match=\"All\" class=\"Note\"><as>" + as + "</as></mailet>";
    }

    private static String fail(String onMailetException) {
        return "<mailet match=\"All\" class=\"Fail\"><onMailetException>" + onMailetException
                + "</onMailetException></mailet>";
    }

    private static String brokenMatch(String onMatchException) {
        return "<mailet match=\"Broken\" class=\"Note\"><as>matched</as><onMatchException>" + onMatchException
                + "</onMatchException></mailet>";
    }

    private static MailImpl mail() throws Exception {
        return MailImpl.builder()
                .name("mail")
                .addRecipients("ann@example.com", "bob@example.com")
                .state(Mail.DEFAULT)
                .build();
    }

    @Test
    void aMailShouldGoThroughTheStepsInTheirOrderAndEnd() throws Exception {
        MailImpl mail = mail();

        pipeline(note("first") + note("second")).service(mail);

        assertThat(seen)
                .containsExactly(
                        "first [ann@example.com, bob@example.com]", "second [ann@example.com, bob@example.com]");
        assertThat(mail.getState()).isEqualTo(Mail.GHOST);
    }

    @Test
    void recipientsThatAStepSendsElsewhereShouldLeaveTheOthersWhereTheyAre() throws Exception {
        String toOther = "<mailet match=\"For=bob\" class=\"To\"><processor>other</processor></mailet>";

        pipeline(toOther + note("rest")).service(mail());

        assertThat(seen).containsExactly("other [bob@example.com]", "rest [ann@example.com]");
    }

    @Test
    void recipientsThatAMatcherHasPickedShouldGoOnBehindTheStep() throws Exception {
        String forBob = "<mailet match=\"For=bob\" class=\"Note\"><as>bob</as></mailet>";

        pipeline(forBob + note("behind")).service(mail());

        assertThat(seen)
                .containsExactlyInAnyOrder(
                        "bob [bob@example.com]", "behind [bob@example.com]", "behind [ann@example.com]");
    }

    @Test
    void aStepThatNobodyMatchesShouldBePassedOver() throws Exception {
        pipeline("<mailet match=\"For=carol\" class=\"Fail\"/>" + note("behind"))
                .service(mail());

        assertThat(seen).containsExactly("behind [ann@example.com, bob@example.com]");
    }

    @Test
    void aMailWithoutRecipientsShouldEnd() throws Exception {
        pipeline("<mailet match=\"For=bob\" class=\"Nobody\"/>" + note("behind"))
                .service(mail());

        assertThat(seen).containsExactly("behind [ann@example.com]");
    }

    @Test
    void aMailShouldGoToErrorWhenAMailetFails() throws Exception {
        MailImpl mail = mail();

        pipeline("<mailet match=\"All\" class=\"Fail\"/>" + note("behind")).service(mail);

        assertThat(seen).containsExactly("error [ann@example.com, bob@example.com]");
        assertThat(mail.getErrorMessage()).contains("Fail").contains("out of order");
    }

    @Test
    void aMailShouldGoWhereTheStepSaysWhenItFails() throws Exception {
        pipeline(fail("other") + note("behind")).service(mail());
        pipeline(fail("ignore") + note("behind")).service(mail());

        assertThat(seen)
                .containsExactly(
                        "other [ann@example.com, bob@example.com]", "behind [ann@example.com, bob@example.com]");
    }

    @Test
    void aFailureThatIsPropagatedShouldComeOutAsItIs() throws Exception {
        Pipeline mailetFails = pipeline(fail("propagate") + note("behind"));
        Pipeline matcherFails = pipeline(brokenMatch("propagate") + note("behind"));

        assertThatThrownBy(() -> mailetFails.service(mail()))
                .isInstanceOf(MessagingException.class)
                .hasMessage("out of order");
        assertThatThrownBy(() -> matcherFails.service(mail())).isInstanceOf(StoreIsDown.class);
        assertThat(seen).isEmpty();
    }

    @Test
    void aMatcherThatFailsShouldMatchWhomTheStepSays() throws Exception {
        pipeline(brokenMatch("nomatch")).service(mail());
        assertThat(seen).isEmpty();

        pipeline(brokenMatch("matchall")).service(mail());
        assertThat(seen).containsExactly("matched [ann@example.com, bob@example.com]");
        seen.clear();

        pipeline(brokenMatch("error") + note("behind")).service(mail());
        assertThat(seen).containsExactly("error [ann@example.com, bob@example.com]");
    }

    @Test
    void aStepThatNamesAProcessorWhichIsNotThereShouldStopTheStart() {
        assertThatThrownBy(() -> pipeline(fail("elsewhere")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("processor root names the processor 'elsewhere'")
                .hasMessageContaining("[error, other, root]");
    }

    @Test
    void eachMailetShouldHaveItsTimer() throws Exception {
        pipeline(note("first")).service(mail());

        assertThat(metrics.timer("Note").getCount()).isOne();
    }
}
