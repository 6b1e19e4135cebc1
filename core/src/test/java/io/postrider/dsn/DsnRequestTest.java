package io.postrider.dsn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.mail.EmailAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DsnRequestTest {
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.org");
    private static final Optional<String> ORIGINAL = Optional.of("rfc822;robert@example.org");

    @Test
    void aNextHopShouldTellFailuresToAReturnPathOfOursWhateverTheSenderWants() {
        assertThat(wanting(Notify.NEVER).forNextHop(BOB, true)).isEqualTo(new RecipientRequest(Set.of(), ORIGINAL));
        assertThat(wanting(Notify.SUCCESS).forNextHop(BOB, true)).isEqualTo(new RecipientRequest(Set.of(), ORIGINAL));
    }

    @Test
    void aNextHopShouldBeToldWhatTheSenderWantsAtItsOwnReturnPathButNoSuccess() {
        assertThat(wanting(Notify.FAILURE, Notify.SUCCESS)
                        .forNextHop(BOB, false)
                        .occasions())
                .containsExactly(Notify.FAILURE);
        assertThat(wanting(Notify.DELAY).forNextHop(BOB, false).occasions()).containsExactly(Notify.DELAY);
        assertThat(wanting(Notify.SUCCESS).forNextHop(BOB, false).occasions()).containsExactly(Notify.NEVER);
        assertThat(wanting().forNextHop(BOB, false).occasions()).isEmpty();
    }

    @Test
    void nothingShouldBeKnownOfARecipientThatNothingWasSaidOf() {
        assertThat(DsnRequest.NONE.of(BOB)).isEqualTo(RecipientRequest.NONE);
    }

    @Test
    void neverShouldStandAlone() {
        assertThatThrownBy(() -> wanting(Notify.NEVER, Notify.DELAY)).hasMessageContaining("expected: NEVER alone");
    }

    private static DsnRequest wanting(Notify... occasions) {
        return new DsnRequest(EnvelopeRequest.NONE, Map.of(BOB, new RecipientRequest(Set.of(occasions), ORIGINAL)));
    }
}
