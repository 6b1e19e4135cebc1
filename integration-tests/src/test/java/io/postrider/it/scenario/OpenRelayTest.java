package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The classics by which strangers had mail relayed: on each port, with and without TLS, AUTH and trusted network. */
class OpenRelayTest {
    private static final Node NODE = SharedNode.get();
    private static final Node.Account ACCOUNT = NODE.account();
    private static final String OURS = ACCOUNT.domain();

    static List<String> recipients() {
        return List.of(
                "victim@there.example",
                "victim%there.example@" + OURS,
                "victim%there.example%" + OURS + "@" + OURS,
                "@" + OURS + ":victim@there.example",
                "@" + OURS + ",@there.example:victim@there.example",
                "there.example!victim@" + OURS,
                "there.example!victim",
                "\"victim@there.example\"@" + OURS,
                "\"victim@there.example\"",
                "\"victim%there.example\"@" + OURS,
                "\"there.example!victim\"@bounce." + OURS,
                "victim@there.example@" + OURS,
                "victim@there.example@[127.0.0.1]",
                "victim%there.example@[127.0.0.1]",
                "victim@[127.0.0.1]",
                "victim@[IPv6:::1]",
                "victim@127.0.0.1",
                "victim@there.example.",
                "victim@bounce." + OURS + ".",
                "postmaster",
                "postmaster@" + OURS,
                "postmaster@bounce." + OURS,
                "abuse@bounce." + OURS,
                "postmaster@[127.0.0.1]",
                "POSTMASTER@BOUNCE." + OURS.toUpperCase(java.util.Locale.ROOT),
                "b+" + "0".repeat(50) + "@bounce." + OURS,
                "B+" + "Z".repeat(46) + "@BOUNCE." + OURS,
                "b+%there.example@bounce." + OURS,
                "+AHY-ictim@there.example",
                "=?utf-8?q?victim=40there.example?=@" + OURS,
                "vic\u0000tim@there.example",
                "victim@there.example\u0000",
                "");
    }

    @ParameterizedTest
    @MethodSource("recipients")
    void theInboundPortShouldRelayNothingForAnybody(String recipient) {
        for (boolean tls : new boolean[] {false, true}) {
            for (String from : List.of("127.0.0.1", SharedNode.TRUSTED_ADDRESS)) {
                for (String sender : List.of("", "spammer@foreign.example", ACCOUNT.address(), "b+x@bounce." + OURS)) {
                    try (SmtpTalk talk =
                            SmtpTalk.from(from, NODE.process().inbound().getPort())) {
                        hello(talk, tls);
                        assertThat(talk.say("MAIL FROM:<" + sender + ">").code())
                                .isEqualTo(250);
                        assertThat(talk.say("RCPT TO:<" + recipient + ">").code())
                                .isBetween(500, 599);
                        assertThat(talk.say("DATA").code()).isBetween(500, 599);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("recipients")
    void theSubmissionPortShouldRelayNothingWithoutAuth(String recipient) {
        for (boolean tls : new boolean[] {false, true}) {
            try (SmtpTalk talk = NODE.submission()) {
                hello(talk, tls);
                requireNothingIsTaken(talk, recipient);
            }
        }
    }

    @Test
    void aFailedAuthShouldOpenNothing() {
        try (SmtpTalk talk = NODE.submission()) {
            talk.secure();
            assertThat(talk.authPlain(ACCOUNT.username(), "wrong").code()).isEqualTo(535);
            requireNothingIsTaken(talk, "victim@there.example");
        }
    }

    @Test
    void whoMaySubmitShouldSubmitInNoForeignName() {
        Supplier<SmtpTalk> withAuth = () -> NODE.login(ACCOUNT);
        Supplier<SmtpTalk> trusted = () -> {
            SmtpTalk talk = SmtpTalk.from(
                    SharedNode.TRUSTED_ADDRESS, NODE.process().submission().getPort());
            talk.ehlo();
            return talk;
        };
        for (Supplier<SmtpTalk> way : List.of(withAuth, trusted)) {
            for (String sender : List.of(
                    "spammer@foreign.example",
                    "spammer%" + OURS + "@foreign.example",
                    "\"app@" + OURS + "\"@foreign.example",
                    "@" + OURS + ":spammer@foreign.example",
                    "app@" + OURS + ".foreign.example",
                    "app@sub." + OURS,
                    "app@[127.0.0.1]",
                    "postmaster",
                    "app@" + OURS + "@foreign.example")) {
                try (SmtpTalk talk = way.get()) {
                    assertThat(talk.say("MAIL FROM:<" + sender + ">").code())
                            .as(sender)
                            .isBetween(550, 559);
                    assertThat(talk.say("RCPT TO:<victim@there.example>").code())
                            .isEqualTo(503);
                }
            }
        }
    }

    private static void requireNothingIsTaken(SmtpTalk talk, String recipient) {
        for (String sender : List.of("", "spammer@foreign.example", ACCOUNT.address())) {
            assertThat(talk.say("MAIL FROM:<" + sender + ">").text()).startsWith("530 5.7.0 ");
            assertThat(talk.say("RCPT TO:<" + recipient + ">").code()).isBetween(500, 599);
            assertThat(talk.say("DATA").code()).isBetween(500, 599);
        }
    }

    private static void hello(SmtpTalk talk, boolean tls) {
        if (tls) {
            talk.secure();
        } else {
            talk.ehlo();
        }
    }
}
