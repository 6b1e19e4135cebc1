package io.postrider;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is on the class path of the server, and what is not. The one of the tests holds that of the server. */
class ClassPathTest {
    private static final List<String> JARS = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .map(Path::getFileName)
            .map(Path::toString)
            .filter(name -> name.endsWith(".jar"))
            .toList();

    @Test
    void theClassPathShouldBeTheWholeOne() {
        assertThat(JARS).hasSizeGreaterThan(100).contains("james-server-guice-smtp-3.8.1.jar");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // readers and indexes of mail
                "apache-james-mailbox-(?!api-3)",
                "(james-server-)?protocols-(imap|pop3)",
                "james-server-(guice-)?(imap|pop|jmap|lmtp|webadmin-(jmap|mailbox))",
                "jmap-",
                "lucene-",
                "tika-",
                "opensearch-",
                "cassandra-",
                // replaced by another artifact with the same classes
                "javax\\.mail-",
                "bc[a-z]+-jdk15on-",
                "log4j-\\d",
                "commons-logging-",
                // brokers that are not ours
                "artemis-",
                "jgroups-",
                "amqp-client-",
                "apache-mailet-amqp-",
                "activemq-openwire-legacy-",
                "james-server-queue-activemq-",
                // for tests
                "metrics-tests-"
            })
    void thisShouldNotBeThere(String start) {
        assertThat(JARS).noneMatch(jar -> Pattern.compile(start).matcher(jar).lookingAt());
    }

    @ParameterizedTest
    @CsvSource({
        "activemq-client, 5.19.2",
        "activemq-broker, 5.19.2",
        "activemq-kahadb-store, 5.19.2",
        "logback-classic, 1.5.38",
        "logback-core, 1.5.38",
        "slf4j-api, 2.0.20",
        "jcl-over-slf4j, 2.0.20",
        "log4j-over-slf4j, 2.0.20",
        "jackson-core, 2.21.8",
        "jackson-databind, 2.21.8",
        "jackson-datatype-guava, 2.21.8",
        "jackson-datatype-jsr310, 2.21.8",
        "netty-common, 4.1.140.Final",
        "netty-handler, 4.1.140.Final",
        "netty-codec, 4.1.140.Final",
        "netty-codec-http, 4.1.140.Final",
        "netty-codec-http2, 4.1.140.Final",
        "jetty-server, 9.4.58.v20250814",
        "jetty-http, 9.4.58.v20250814",
        "jetty-util, 9.4.58.v20250814",
        "websocket-server, 9.4.58.v20250814",
        "guava, 33.8.0-jre",
        "commons-io, 2.22.0",
        "commons-configuration2, 2.15.1",
        "commons-text, 1.15.0",
        "commons-lang3, 3.22.0",
        "commons-beanutils, 1.11.0",
        "commons-codec, 1.23.0",
        "commons-pool2, 2.13.1",
        "dnsjava, 3.6.5",
        "reactor-core, 3.7.19",
        "metrics-core, 4.2.40",
        "metrics-jvm, 4.2.40",
        "scala-library, 2.13.18",
        "apache-mime4j-core, 0.8.14",
        "apache-mime4j-dom, 0.8.14",
        "jakarta.mail, 1.6.8",
        "bcpkix-jdk18on, 1.81",
        "bcprov-jdk18on, 1.81",
        "guice, 5.1.0"
    })
    void thisShouldBeThereInThisVersionAlone(String artifact, String version) {
        assertThat(JARS)
                .filteredOn(jar -> jar.matches(Pattern.quote(artifact) + "-\\d.*\\.jar"))
                .containsExactly(artifact + "-" + version + ".jar");
    }
}
