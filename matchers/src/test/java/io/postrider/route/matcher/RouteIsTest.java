package io.postrider.route.matcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.MailAttributes;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.util.List;
import java.util.Map;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.MailetContext;
import org.apache.mailet.MatcherConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteIsTest {
    private final RouteIs matcher = new RouteIs();

    @ParameterizedTest
    @CsvSource({
        "relay:ses, Bob@example.org",
        "relay:backup, carol@example.org",
        "simulator, dave@example.org",
        "relay:other,"
    })
    void matchShouldTakeTheRecipientsWhoseWayStartsThere(String condition, String expected) throws Exception {
        matcher.init(condition(condition));

        assertThat(matcher.match(mail()).stream().map(MailAddress::asString))
                .isEqualTo(expected == null ? List.of() : List.of(expected));
    }

    @Test
    void matchShouldFailWithoutRoutes() throws Exception {
        matcher.init(condition("simulator"));
        MailImpl mail = mail();
        MailAttributes.ROUTES.remove(mail);

        assertThatThrownBy(() -> matcher.match(mail)).hasMessageContaining("postrider.routes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ses", "relay:", "direct:"})
    void initShouldRefuseWhatIsNoHop(String condition) {
        assertThatThrownBy(() -> matcher.init(condition(condition)))
                .isInstanceOf(MessagingException.class)
                .hasMessage("RouteIs: condition '" + condition + "' (expected: " + Hop.SYNTAX + ")");
    }

    private static MailImpl mail() {
        MailImpl mail = MailImpl.builder()
                .name("m1")
                .addRecipients("Bob@example.org", "carol@example.org", "dave@example.org", "erin@example.org")
                .build();
        MailAttributes.ROUTES.set(
                mail,
                Map.of(
                        EmailAddress.parse("Bob@example.org"),
                        List.of(new Hop.ViaRelay("ses"), new Hop.ViaRelay("backup")),
                        EmailAddress.parse("carol@example.org"),
                        List.of(new Hop.ViaRelay("backup"), new Hop.ViaRelay("ses")),
                        EmailAddress.parse("dave@example.org"),
                        List.of(new Hop.Simulator())));
        return mail;
    }

    private static MatcherConfig condition(String condition) {
        return new MatcherConfig() {
            @Override
            public String getCondition() {
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
