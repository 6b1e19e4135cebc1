package io.postrider.domain.matcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.domain.InMemorySendingDomains;
import io.postrider.domain.SenderPolicy;
import io.postrider.domain.SendingDomain;
import io.postrider.store.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.MailetContext;
import org.apache.mailet.MatcherConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BreaksSenderPolicyTest {
    private final InMemorySendingDomains domains = new InMemorySendingDomains();
    private final BreaksSenderPolicy matcher = new BreaksSenderPolicy(new SenderPolicy(domains));

    @BeforeEach
    void addDomain() throws MessagingException {
        domains.put(new SendingDomain("example.com", "default", "bounce.example.com", List.of(), Instant.EPOCH));
        matcher.init(condition(null));
    }

    @Test
    void matchShouldTakeNobodyOfAMailThatMayGo() throws Exception {
        MailImpl mail = mail("alice@example.com", "From: alice@example.com");
        MailAttributes.REFUSAL.set(mail, "of an earlier attempt");

        assertThat(matcher.match(mail)).isEmpty();
        assertThat(MailAttributes.REFUSAL.find(mail)).isEmpty();
    }

    @Test
    void matchShouldTakeAllRecipientsOfAMailThatMayNotGoAndSayWhy() throws Exception {
        MailImpl mail = mail("alice@example.com", "From: eve@evil.example");

        assertThat(matcher.match(mail)).containsExactlyElementsOf(mail.getRecipients());
        assertThat(MailAttributes.REFUSAL.require(mail)).startsWith("5.7.1 From domain evil.example is not");
    }

    @Test
    void matchShouldLookAtTheReversePathToo() throws Exception {
        assertThat(matcher.match(mail("eve@evil.example", "From: alice@example.com")))
                .hasSize(2);
        assertThat(matcher.match(mail(null, "From: alice@example.com"))).isEmpty();
    }

    @Test
    void matchShouldNotTakeASilentStoreForAYes() throws Exception {
        MailImpl mail = mail("alice@example.com", "From: alice@example.com");
        domains.fallSilent();

        assertThatThrownBy(() -> matcher.match(mail)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void initShouldRefuseACondition() {
        assertThatThrownBy(() -> matcher.init(condition("strict")))
                .isInstanceOf(MessagingException.class)
                .hasMessage("BreaksSenderPolicy: condition 'strict' (expected: none)");
    }

    private static MailImpl mail(@Nullable String sender, String header) throws MessagingException {
        MailImpl.Builder builder = MailImpl.builder().name("m1").addRecipients("bob@example.org", "carol@example.org");
        MailImpl mail = (sender == null ? builder : builder.sender(sender)).build();
        Messages.replace(mail, (header + "\r\n\r\nHello\r\n").getBytes(StandardCharsets.US_ASCII));
        MailAttributes.TENANT.set(mail, "default");
        return mail;
    }

    private static MatcherConfig condition(@Nullable String condition) {
        return new MatcherConfig() {
            @Override
            public @Nullable String getCondition() {
                return condition;
            }

            @Override
            public MailetContext getMailetContext() {
                throw new UnsupportedOperationException("no matcher of ours asks for it");
            }

            @Override
            public String getMatcherName() {
                return "under test";
            }
        };
    }
}
