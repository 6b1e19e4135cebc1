package io.postrider.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.mail.EmailAddress;
import java.util.List;
import java.util.Optional;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bob@example.org",
                "Bob.Builder+tag@example.org",
                "\"b o\\\" b\"@example.org",
                "b!#$%&'*/=?^_`{|}~b@example.org",
                "bob@[192.0.2.1]"
            })
    void addressesShouldComeBackAsTheyWere(String text) throws Exception {
        EmailAddress address = EmailAddress.parse(text);

        assertThat(Addresses.of(new MailAddress(text))).isEqualTo(address);
        assertThat(Addresses.of(Addresses.toJames(address))).isEqualTo(address);
        assertThat(Addresses.of(Addresses.toJames(Optional.of(address)))).contains(address);
    }

    @Test
    void theNullSenderShouldBeNone() {
        assertThat(Addresses.of(MaybeSender.nullSender())).isEmpty();
        assertThat(Addresses.toJames(Optional.empty())).isEqualTo(MaybeSender.nullSender());
    }

    @Test
    void ofShouldKeepTheOrder() throws Exception {
        assertThat(Addresses.of(List.of(new MailAddress("b@example.org"), new MailAddress("a@example.org"))))
                .extracting(EmailAddress::toString)
                .containsExactly("b@example.org", "a@example.org");
    }

    @Test
    void toJamesShouldSayWhatJamesCannotHold() {
        EmailAddress literal = EmailAddress.parse("bob@[ipv6:2001:db8::1]");

        assertThatThrownBy(() -> Addresses.toJames(literal))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bob@[ipv6:2001:db8::1]");
    }
}
