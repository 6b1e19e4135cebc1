package io.postrider.it.scenario;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.mail.BodyPart;
import javax.mail.MessagingException;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;
import org.junit.jupiter.api.Test;

/** Delivery status notifications: who is told of what, read as the sender's mail program reads it. */
class ReportsTest {
    private static final String BOUNCE = "bounce@there.example";

    private final Node node = SharedNode.get();

    @Test
    void aFailureShouldBeToldOnceWhereNotifyAsksForIt() throws Exception {
        Node.Account who = node.tenant("dsn-failure");
        try (ScriptedSmtpPeer mailbox = mailboxOf(who)) {
            String id = submit(
                    who, " RET=HDRS ENVID=order+2B1", BOUNCE, " NOTIFY=FAILURE ORCPT=rfc822;old+2Bbob@there.example");
            node.awaitMessage(id, "bounced");

            MimeMessage report = onlyMail(mailbox);
            assertThat(mailbox.commands()).contains("RCPT TO:<" + who.address() + ">");
            assertThat(mailbox.commands().stream().filter(command -> command.startsWith("MAIL")))
                    .allMatch(command -> command.startsWith("MAIL FROM:<>"));
            assertThat(report.getHeader("Auto-Submitted", null)).isEqualTo("auto-replied");
            assertThat(report.getHeader("From", null)).contains("mailer-daemon@" + who.domain());
            assertThat(report.getHeader("DKIM-Signature")).isNotEmpty();
            assertThat(report.getContentType()).contains("multipart/report").contains("report-type=delivery-status");
            assertThat(part(report, 0))
                    .contains(BOUNCE)
                    .contains("could not be delivered")
                    .contains("550 5.1.1");
            assertThat(part(report, 1))
                    .contains("Reporting-MTA: dns; ")
                    .contains("Original-Envelope-Id: order+1\r\n")
                    .contains("Original-Recipient: rfc822; old+bob@there.example\r\n")
                    .contains("Final-Recipient: rfc822; " + BOUNCE + "\r\n")
                    .contains("Action: failed\r\n")
                    .contains("Status: 5.1.1\r\n")
                    .contains("Diagnostic-Code: smtp; 550 5.1.1");
            assertThat(type(report, 2)).startsWith("text/rfc822-headers");
            assertThat(part(report, 2)).contains("Subject: told\r\n").doesNotContain("Hello.");

            JsonNode trace = onlyReportTo(who);
            assertThat(trace.get("stream").asText()).isEqualTo("reports");
            assertThat(trace.get("tenant").asText()).isEqualTo("dsn-failure");
        }
    }

    @Test
    void retFullShouldGiveTheMessageBack() throws Exception {
        Node.Account who = node.tenant("dsn-full");
        try (ScriptedSmtpPeer mailbox = mailboxOf(who)) {
            node.awaitMessage(submit(who, " RET=FULL", BOUNCE, " NOTIFY=FAILURE"), "bounced");

            MimeMessage report = onlyMail(mailbox);
            assertThat(type(report, 2)).startsWith("message/rfc822");
            assertThat(part(report, 2)).contains("Subject: told\r\n").contains("\r\n\r\nHello.\r\n");
        }
    }

    @Test
    void nobodyShouldBeToldWhoDoesNotWantIt() {
        Node.Account silent = node.tenant("dsn-silent");
        node.awaitMessage(submit(silent, "", BOUNCE, ""), "bounced");
        node.awaitMessage(submit(silent, "", BOUNCE, " NOTIFY=SUCCESS"), "bounced");
        // A report is recorded before the outcome that it tells.
        assertThat(reportsTo(silent)).isEmpty();

        Node.Account eager = node.tenant("dsn-eager");
        node.admin().put("/tenants/dsn-eager", "{'bounceReports': 'failure'}").orFail();
        node.awaitMessage(submit(eager, "", BOUNCE, " NOTIFY=NEVER"), "bounced");
        assertThat(reportsTo(eager)).isEmpty();
    }

    @Test
    void aTenantShouldBeToldAsItsSettingSays() throws Exception {
        Node.Account who = node.tenant("dsn-setting");
        node.admin().put("/tenants/dsn-setting", "{'bounceReports': 'failure'}").orFail();
        try (ScriptedSmtpPeer mailbox = mailboxOf(who)) {
            node.awaitMessage(submit(who, "", BOUNCE, ""), "bounced");

            assertThat(part(onlyMail(mailbox), 1)).contains("Final-Recipient: rfc822; " + BOUNCE + "\r\n");
        }
    }

    @Test
    void nothingShouldBeToldOfMailFromTheNullReversePath() {
        Node.Account who = node.tenant("dsn-null");
        node.admin().put("/tenants/dsn-null", "{'bounceReports': 'failure'}").orFail();
        try (SmtpTalk talk = node.login(who)) {
            assertThat(talk.say("MAIL FROM:<>").code()).isEqualTo(250);
            assertThat(talk.say("RCPT TO:<" + BOUNCE + "> NOTIFY=FAILURE").code())
                    .isEqualTo(250);
            String id = talk.data(Mails.simple(who.address(), "told")).queuedId();
            node.awaitMessage(id, "bounced");
        }
        assertThat(reportsTo(who)).isEmpty();
    }

    @Test
    void aReportThatIsRefusedShouldNotBeReported() {
        Node.Account who = node.tenant("dsn-of-dsn");
        node.admin()
                .put("/tenants/dsn-of-dsn", "{'bounceReports': 'failureAndDelay'}")
                .orFail();
        try (ScriptedSmtpPeer mailbox = route(
                who, PeerScript.offering("PIPELINING").when("RCPT TO:<", Act.reply("550 5.1.1 no such mailbox")))) {
            node.awaitMessage(submit(who, "", BOUNCE, ""), "bounced");

            node.awaitMessage(onlyReportTo(who).get("id").asText(), "bounced");
            assertThat(mailbox.messages()).noneMatch(message -> message.length > 0);
            assertThat(node.admin()
                            .json("/messages?recipient=mailer-daemon@" + who.domain())
                            .get("items"))
                    .isEmpty();
            onlyReportTo(who);
        }
    }

    @Test
    void aHandOverShouldBeToldAsRelayed() throws Exception {
        Node.Account who = node.tenant("dsn-success");
        try (ScriptedSmtpPeer mailbox = mailboxOf(who)) {
            node.awaitMessage(submit(who, "", "success@there.example", " NOTIFY=SUCCESS"), "delivered");

            assertThat(part(onlyMail(mailbox), 1))
                    .contains("Action: relayed\r\n")
                    .contains("Status: 2.0.0\r\n");
        }
    }

    @Test
    void aDelayShouldBeToldOnceBehindItsTime() throws Exception {
        Node.Account who = node.tenant("dsn-delay");
        PeerScript later = PeerScript.offering("PIPELINING").when("RCPT TO:<", Act.reply("451 4.7.1 greylisted"));
        try (ScriptedSmtpPeer mailbox = mailboxOf(who);
                ScriptedSmtpPeer peer = route("dsn-later", later)) {
            // The second attempt is behind reports.delayAfter, the first is not; the third comes by hand.
            String id = submit(who, "", "bob@dsn-later.example", " NOTIFY=DELAY");
            node.awaitDelivery(id, "bob@dsn-later.example", "deferred", 2);
            assertThat(part(onlyMail(mailbox), 1))
                    .contains("Action: delayed\r\n")
                    .contains("Status: 4.7.1\r\n")
                    .contains("Will-Retry-Until: ");

            node.admin().call("POST", "/messages/" + id + "/retry").orFail();
            node.awaitDelivery(id, "bob@dsn-later.example", "deferred", 3);
            node.admin().call("POST", "/messages/" + id + "/cancel").orFail();
            onlyMail(mailbox);
            onlyReportTo(who);
            assertThat(peer.messages()).noneMatch(message -> message.length > 0);
        }
    }

    /** Submits with parameters of MAIL and RCPT, each with a blank before it. */
    private String submit(Node.Account who, String ofMail, String recipient, String ofRecipient) {
        try (SmtpTalk talk = node.login(who)) {
            assertThat(talk.say("MAIL FROM:<" + who.address() + ">" + ofMail).code())
                    .isEqualTo(250);
            assertThat(talk.say("RCPT TO:<" + recipient + ">" + ofRecipient).code())
                    .isEqualTo(250);
            return talk.data(Mails.simple(who.address(), "told")).queuedId();
        }
    }

    private ScriptedSmtpPeer mailboxOf(Node.Account who) {
        return route(who, PeerScript.offering("PIPELINING"));
    }

    private ScriptedSmtpPeer route(Node.Account who, PeerScript script) {
        return route(who.domain().replace(".example", ""), script);
    }

    /** A peer that all mail to {@code NAME.example} goes to. */
    private ScriptedSmtpPeer route(String name, PeerScript script) {
        ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(script);
        node.admin()
                .put("/relays/" + name, "{'host': '127.0.0.1', 'port': " + peer.port() + ", 'tls': {'mode': 'none'}}")
                .orFail();
        node.admin()
                .put(
                        "/routes/" + name,
                        "{'position': 10, 'when': {'recipientDomain': '" + name + ".example'}, 'via': ['relay:" + name
                                + "']}")
                .orFail();
        return peer;
    }

    private List<String> reportsTo(Node.Account who) {
        return Node.texts(
                node.admin().json("/messages?recipient=" + who.address()).get("items"), "id");
    }

    private JsonNode onlyReportTo(Node.Account who) {
        List<String> ids = reportsTo(who);
        assertThat(ids).hasSize(1);
        return node.trace(ids.get(0));
    }

    private static MimeMessage onlyMail(ScriptedSmtpPeer mailbox) throws MessagingException {
        await().atMost(Node.PATIENCE)
                .untilAsserted(() -> assertThat(mailbox.messages()).hasSize(1));
        return new MimeMessage(null, new ByteArrayInputStream(mailbox.messages().get(0)));
    }

    private static String type(MimeMessage report, int part) throws IOException, MessagingException {
        return bodyPart(report, part).getContentType();
    }

    private static String part(MimeMessage report, int part) throws IOException, MessagingException {
        return new String(bodyPart(report, part).getInputStream().readAllBytes(), ISO_8859_1);
    }

    private static BodyPart bodyPart(MimeMessage report, int part) throws IOException, MessagingException {
        MimeMultipart parts = new MimeMultipart(report.getDataHandler().getDataSource());
        assertThat(parts.getCount()).isEqualTo(3);
        return parts.getBodyPart(part);
    }
}
