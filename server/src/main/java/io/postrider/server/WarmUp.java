package io.postrider.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.postrider.dkim.DkimKeys;
import io.postrider.domain.SendingDomain;
import io.postrider.route.Hop;
import io.postrider.route.Route;
import io.postrider.security.tink.TinkSecretBox;
import io.postrider.store.sql.SqlStore;
import io.postrider.tenant.Tenant;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Lets the JVM load and compile what mail needs before there is mail: a second node, with a home of its own that is deleted afterwards, takes mails by SMTP, signs
 * them and delivers them to its simulator. Nothing of it comes into the queue, the message log, the metrics or the log of the real one.
 */
final class WarmUp {
    private static final Logger LOGGER = LoggerFactory.getLogger(WarmUp.class);
    private static final String DOMAIN = "warm-up.postrider.example";

    /** The compiler takes most methods at 200 calls, seen at 256. */
    private static final int MAILS = 400;

    private final Home real;
    private final Duration atMost;
    private final Clock clock;
    private final Optional<Provider> signatures;

    WarmUp(Home real, Duration atMost, Clock clock, Optional<Provider> signatures) {
        this.real = real;
        this.atMost = atMost;
        this.clock = clock;
        this.signatures = signatures;
    }

    /** Returns whether all mails were passed in that time. A fault costs the exercise and not the start. */
    boolean run() {
        Path directory = real.directory().resolve("run").resolve("warm-up");
        long begin = System.nanoTime();
        int mails = 0;
        Quiet quiet = new Quiet();
        LoggerContext logging = (LoggerContext) LoggerFactory.getILoggerFactory();
        logging.addTurboFilter(quiet);
        try {
            delete(directory); // of a start that was killed
            mails = passMails(directory);
        } catch (Exception e) {
            LOGGER.warn("the warm-up has failed; the first mails will be slower", e);
        } finally {
            logging.getTurboFilterList().remove(quiet);
            delete(directory);
        }
        LOGGER.info("{} mails for exercise in {} ms", mails, (System.nanoTime() - begin) / 1_000_000);
        return mails == MAILS;
    }

    private int passMails(Path directory) throws Exception {
        try (Home home = Home.open(directory)) {
            prepare(home);
            try (Node node = Node.start(home, settings(), new PrintStream(PrintStream.nullOutputStream()))) {
                return new WarmUpMail(node.submissionPort(), "app@" + DOMAIN, "to@" + DOMAIN).send(MAILS, atMost);
            }
        }
    }

    /** What a first start would make, without its slow hash of a password and its second key. */
    private void prepare(Home home) throws IOException {
        for (String name : List.of("smtp.key.pem", "smtp.cert.pem")) {
            if (Files.exists(real.keys().resolve(name))) {
                Files.copy(real.keys().resolve(name), home.keys().resolve(name));
            }
        }
        FirstRun.skip(home);
        Instant now = clock.instant();
        try (SqlStore store =
                SqlStore.open(home.database(), TinkSecretBox.open(home.secrets().resolve("master.key")))) {
            store.tenants().add(new Tenant(Tenant.DEFAULT, now));
            store.sendingDomains()
                    .put(new SendingDomain(
                            DOMAIN,
                            Tenant.DEFAULT,
                            "bounce." + DOMAIN,
                            List.of(DkimKeys.generate("w", now, signatures)),
                            now));
            store.routes().put(new Route(Route.DEFAULT, 1000, Route.When.ALWAYS, List.of(new Hop.Simulator())));
        }
    }

    private static Map<String, String> settings() {
        return Map.of(
                "POSTRIDER_WARM_UP", "0s",
                "POSTRIDER_ADMIN_PORT", "0",
                "POSTRIDER_INBOUND_PORT", "0",
                "POSTRIDER_SUBMISSION_PORT", "0",
                "POSTRIDER_SUBMISSION_TLS_PORT", "0",
                "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=" + Tenant.DEFAULT);
    }

    private static void delete(Path directory) {
        try {
            if (Files.exists(directory)) {
                MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
            }
        } catch (IOException e) {
            LOGGER.warn("{} cannot be deleted", directory, e);
        }
    }

    /** The log tells of one node, unless something is wrong. */
    private static final class Quiet extends TurboFilter {
        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                ch.qos.logback.classic.Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] parameters,
                @Nullable Throwable error) {
            return level.isGreaterOrEqual(Level.WARN) ? FilterReply.NEUTRAL : FilterReply.DENY;
        }
    }
}
