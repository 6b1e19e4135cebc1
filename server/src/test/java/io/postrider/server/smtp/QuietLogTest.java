package io.postrider.server.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class QuietLogTest {
    private final AtomicLong now = new AtomicLong();
    private final Logger logger = (Logger) LoggerFactory.getLogger("quiet");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final QuietLog log = new QuietLog(logger, now::get);

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(lines);
    }

    @Test
    void eachShouldBeLoggedOnceAMinuteForEachKind() {
        for (int i = 0; i < 1000; i++) {
            log.info("192.0.2.1", "refused", "too many");
            log.info("192.0.2.2", "refused", "too many");
            log.info("192.0.2.1", "broken", "reset");
        }
        assertThat(texts()).hasSize(3);

        now.addAndGet(Duration.ofSeconds(61).toNanos());
        log.info("192.0.2.1", "refused", "too many");

        assertThat(texts()).hasSize(4).last().asString().startsWith("192.0.2.1: refused: too many");
    }

    @Test
    void aLineShouldBeShortAndHaveNoControlCharacters() {
        log.info("192.0.2.1", "broken", "a\r\nb\u001b[31m" + "x".repeat(5000));

        assertThat(texts()).singleElement().asString().hasSizeLessThan(400).matches("[ -~]+");
    }

    private List<String> texts() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
