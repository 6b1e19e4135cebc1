package io.postrider.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.domain.SenderPolicy.Verdict;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import io.postrider.store.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SenderPolicyTest {
    private static final Optional<EmailAddress> ALICE = EmailAddress.tryParse("alice@example.com");

    private final InMemorySendingDomains domains = new InMemorySendingDomains();
    private final SenderPolicy policy = new SenderPolicy(domains);

    @BeforeEach
    void addDomains() {
        domains.put(domain("example.com", "default"));
        domains.put(domain("second.example", "default"));
        domains.put(domain("foreign.example", "other"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From: alice@example.com",
                "from : Alice <alice@EXAMPLE.com>",
                "From: \"Eve <eve@evil.example>\" <alice@example.com>",
                "From: a@example.com, b@second.example¤Sender: c@second.example",
                "From: Team: a@example.com, b@second.example;¤Sender: a@example.com",
                "From: a@example.com¤Resent-From: b@second.example, c@example.com¤Resent-Sender: c@example.com",
                "From: alice@example.com (Alice)",
                "X-From: eve@evil.example¤From: alice@example.com¤Reply-To: eve@evil.example"
            })
    void checkShouldAllowWhatNamesOnlyDomainsOfTheTenant(String header) {
        assertThat(check(ALICE, header)).isEqualTo(new Verdict.Allowed());
        assertThat(check(Optional.empty(), header)).isEqualTo(new Verdict.Allowed());
    }

    @Test
    void checkShouldNameTheDomainAndSayWhatToDo() {
        assertThat(check(ALICE, "From: alice@example.org"))
                .isEqualTo(
                        new Verdict.Refused(
                                "5.7.1 From domain example.org is not a sending domain of tenant default; add it with PUT /sendingDomains/example.org or send from one of yours"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X: 1                                              | 5.7.1 0 From fields; send exactly one",
                "From: a@example.com¤FROM: b@example.com           | 5.7.1 2 From fields; send exactly one",
                "X: a§From: b@example.com¤From: c@example.com      | 5.7.1 2 From fields; send exactly one",
                "From: a@sub.example.com                           | 5.7.1 From domain sub.example.com is not",
                "From: a@com                                       | 5.7.1 From domain com is not",
                "From: a@foreign.example                           | 5.7.1 From domain foreign.example is not",
                "From: a@example.com, b@evil.example               | 5.7.1 From domain evil.example is not",
                "From: G: a@example.com, b@evil.example;           | 5.7.1 From domain evil.example is not",
                "From: a@[192.0.2.1]                               | 5.7.1 From domain [192.0.2.1] is not",
                "From: undisclosed:;                               | 5.7.1 From names no address",
                "From: a@example.com <b@evil.example>              | 5.7.1 From cannot be read",
                "From: <a@example.com> <b@evil.example>            | 5.7.1 From cannot be read",
                "From: a@example.com¤ , b@evil.example             | 5.7.1 From domain evil.example is not",
                "From: ä@example.com                               | 5.7.1 From cannot be read",
                "From: a@example.com¤Sender: b@evil.example        | 5.7.1 Sender domain evil.example is not",
                "From: a@example.com, b@second.example             | 5.7.1 2 addresses in From and 0 in Sender; name the one",
                "From: a@example.com, b@second.example¤Sender: undisclosed:; | 5.7.1 Sender names no address",
                "From: a@example.com¤Resent-From: b@evil.example   | 5.7.1 Resent-From domain evil.example is not",
                "From: a@example.com¤Resent-Sender: b@evil.example¤Resent-Sender: a@example.com | 5.7.1 Resent-Sender domain evil.example is not",
                "From: a@example.com¤Resent-From: rubbish          | 5.7.1 Resent-From cannot be read",
                "From: a@example.com.                              | 5.7.1 From cannot be read",
                "From: a @example.com                              | 5.7.1 From cannot be read",
                "From: a(<b@evil.example>)@example.com             | 5.7.1 From cannot be read",
                "From: a@(evil.example)example.com                 | 5.7.1 From cannot be read",
                "From: =?utf-8?q?a=40example.com?= <b@evil.example> | 5.7.1 From domain evil.example is not",
                "From: =?utf-8?q?a=0D=0AFrom=3A?= <a@example.com>  | 5.7.1 From cannot be read",
                "From: =?utf-8?q?a?=@example.com                   | 5.7.1 From cannot be read",
                "From: \"a@example.com\" <b@evil.example>           | 5.7.1 From domain evil.example is not",
                "From: <@example.com:b@evil.example>               | 5.7.1 From cannot be read",
                "From: b%evil.example@foreign.example              | 5.7.1 From domain foreign.example is not",
                "From: a@example.com¤\tevil.example                | 5.7.1 From cannot be read",
                "From: a@bücher.example                            | 5.7.1 From cannot be read",
                "From: a@example.com¤Sender: rubbish               | 5.7.1 Sender cannot be read",
                "From: a@example.com¤Sender: b@example.com¤Sender: c@example.com | 5.7.1 2 Sender fields"
            })
    void checkShouldRefuseAnyOtherDomainAndWhatCannotBeRead(String header, String textStart) {
        assertThat(check(ALICE, header))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused ->
                                assertThat(refused.text()).startsWith(textStart).matches("[ -~]+"));
    }

    @Test
    void checkShouldRefuseAForeignReversePath() {
        assertThat(check(EmailAddress.tryParse("eve@evil.example"), "From: alice@example.com"))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused -> assertThat(refused.text()).startsWith("5.7.1 MAIL FROM domain evil.example is not"));
    }

    @Test
    void checkShouldPassOnThatTheStoreIsSilent() {
        domains.fallSilent();

        assertThatThrownBy(() -> check(ALICE, "From: alice@example.com")).isInstanceOf(StoreUnavailableException.class);
    }

    private Verdict check(Optional<EmailAddress> reversePath, String header) {
        String text = header.replace("¤", "\r\n").replace('§', '\r') + "\r\n\r\nhello\r\n";
        return policy.check("default", reversePath, RawMessage.parse(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static SendingDomain domain(String name, String tenant) {
        return new SendingDomain(name, tenant, "bounce." + name, List.of(), Instant.EPOCH);
    }
}
