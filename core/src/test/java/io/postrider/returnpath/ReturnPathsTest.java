package io.postrider.returnpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReturnPathsTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final String DOMAIN = "bounce.example.com";
    private static final MessageId ID = MessageId.at(NOW, new Random(1));

    private final ReturnPaths paths = at(NOW);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 999, ReturnPaths.MAX_INDEX})
    void verifyShouldGiveBackWhatWasPutIn(int index) {
        EmailAddress address = paths.create(ID, index, DOMAIN);

        assertThat(paths.verify(address)).contains(new ReturnPath(ID, OptionalInt.of(index)));
        assertThat(address.localPart()).hasSizeLessThanOrEqualTo(64).matches("b\\+[0-9a-hjkmnp-tv-z]+");
        assertThat(address.domain()).isEqualTo(DOMAIN);
    }

    @Test
    void verifyShouldKnowTheReturnPathOfAWholeMessage() {
        assertThat(paths.verify(paths.createForMessage(ID, DOMAIN))).contains(new ReturnPath(ID, OptionalInt.empty()));
    }

    @Test
    void verifyShouldNotMindTheCaseOfLetters() {
        String upper = paths.create(ID, 7, DOMAIN).toString().toUpperCase(Locale.ROOT);

        assertThat(paths.verify(EmailAddress.parse(upper))).contains(new ReturnPath(ID, OptionalInt.of(7)));
    }

    @Test
    void verifyShouldRefuseAnyOtherCharacterAnywhere() {
        String local = paths.create(ID, 7, DOMAIN).localPart();
        for (int i = 0; i < local.length(); i++) {
            for (char c : "0123456789abcdefghijklmnopqrstuvwxyz+-".toCharArray()) {
                if (c != local.charAt(i)) {
                    String forged = local.substring(0, i) + c + local.substring(i + 1);
                    assertThat(paths.verify(new EmailAddress(forged, DOMAIN)))
                            .as(forged)
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void verifyShouldRefuseAnotherDomainModeSecretOrRubbish() {
        EmailAddress address = paths.create(ID, 7, DOMAIN);
        String local = address.localPart();
        byte[] otherSecret = new byte[32];
        Arrays.fill(otherSecret, (byte) 2);

        assertThat(paths.verify(new EmailAddress(local, "bounce.example.org"))).isEmpty();
        assertThat(paths.verify(new EmailAddress(local.substring(0, 28) + local.substring(32), DOMAIN)))
                .isEmpty();
        assertThat(new ReturnPaths(otherSecret, clock(NOW)).verify(address)).isEmpty();
        assertThat(paths.verify(EmailAddress.parse("b+@" + DOMAIN))).isEmpty();
        assertThat(paths.verify(EmailAddress.parse("postmaster@" + DOMAIN))).isEmpty();
    }

    @Test
    void verifyShouldRefuseWhatIsTooOld() {
        EmailAddress address = paths.create(ID, 7, DOMAIN);

        assertThat(at(NOW.plus(Duration.ofDays(30))).verify(address)).isPresent();
        assertThat(at(NOW.plus(Duration.ofDays(30)).plusMillis(1)).verify(address))
                .isEmpty();
    }

    @Test
    void createShouldNameEachDeliveryByAnAddressOfItsOwn() {
        Set<EmailAddress> addresses = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            addresses.add(paths.create(ID, i, DOMAIN));
        }

        assertThat(addresses).hasSize(1000);
    }

    @Test
    void createShouldRefuseAnIndexOrASecretOutOfRange() {
        assertThatThrownBy(() -> paths.create(ID, ReturnPaths.MAX_INDEX + 1, DOMAIN))
                .hasMessage("recipient index: 1048576 (expected: 0 to 1048575)");
        assertThatThrownBy(() -> new ReturnPaths(new byte[31], clock(NOW)))
                .hasMessage("secret: 31 bytes (expected: 32 or more)");
    }

    private static ReturnPaths at(Instant time) {
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) 1);
        return new ReturnPaths(secret, clock(time));
    }

    private static Clock clock(Instant time) {
        return Clock.fixed(time, ZoneOffset.UTC);
    }
}
