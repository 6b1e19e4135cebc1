package io.postrider.dispatch;

import static io.postrider.dispatch.DispatchFixture.ANNE;
import static io.postrider.dispatch.DispatchFixture.BOB;
import static io.postrider.dispatch.DispatchFixture.NOT_NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.dispatch.DispatchFixture.Written;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.DeliveryState;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class EntryOperationsTest {
    private final DispatchFixture fixture = new DispatchFixture();
    private final EntryOperations operations =
            new EntryOperations(fixture.clock, fixture.dispatcher, fixture.operations, fixture.log);

    private static EntryOperations.Entry entry(Written written) {
        return new EntryOperations.Entry(
                written.id(),
                written.mail().message(),
                () -> Optional.of(written.mail().accepted(written.mail().recipients())));
    }

    private static List<EntryOperations.Entry> entries(Written... written) {
        return Arrays.stream(written).map(EntryOperationsTest::entry).toList();
    }

    /** Begins an entry, which the peer puts off; answers the entry that it comes back with. */
    private Written putOff(Written entry) {
        fixture.begin(entry);
        entry.mail().recipients().forEach(recipient -> fixture.answer(recipient, NOT_NOW));
        fixture.settle();
        return fixture.queue.last();
    }

    @Test
    void cancelShouldCancelWhatTheEntriesOwnAndNothingElse() {
        Written one = fixture.accepted(ANNE);
        Written two = fixture.accepted(ANNE, BOB);
        fixture.admit(two);
        fixture.dispatcher.requeue(two.id(), List.of(BOB), two.mail(), Optional.empty());
        fixture.settle();
        Written moved = fixture.queue.last();

        assertThat(operations.cancel(entries(one, moved))).containsExactlyInAnyOrder(one.id(), moved.id());

        assertThat(fixture.row(one, ANNE).state()).isEqualTo(DeliveryState.CANCELLED);
        assertThat(fixture.row(two, BOB).state()).isEqualTo(DeliveryState.CANCELLED);
        assertThat(fixture.row(two, ANNE).state()).isEqualTo(DeliveryState.QUEUED);
    }

    @Test
    void anEntryInAnAttemptShouldNotBeFree() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);

        assertThat(operations.cancel(entries(entry))).isEmpty();

        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DEFERRED);
    }

    @Test
    void anEntryThatOwnsNothingShouldBeFree() {
        Written entry = fixture.accepted(ANNE);
        Written waiting = putOff(entry);

        assertThat(operations.cancel(entries(entry))).containsExactly(entry.id());

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DEFERRED);
        assertThat(fixture.row(entry, ANNE).owner()).hasValue(waiting.id());
    }

    @Test
    void nothingShouldBeFreeWhenTheStoreDoesNotAnswer() {
        Written entry = fixture.accepted(ANNE);
        fixture.log.silent = true;

        assertThatThrownBy(() -> operations.cancel(entries(entry))).isInstanceOf(StoreUnavailableException.class);

        fixture.log.silent = false;
        assertThat(fixture.admit(entry)).isEqualTo(new Admission.Work(List.of(ANNE)));
    }

    @Test
    void bringForwardShouldKeepTheOwnerAndLetNothingComeIntoWorkMeanwhile() {
        Written entry = fixture.accepted(ANNE);
        Written waiting = putOff(entry);
        AtomicBoolean moved = new AtomicBoolean();

        operations.bringForward(entries(waiting), () -> {
            assertThat(fixture.admit(waiting)).isInstanceOf(Admission.Later.class);
            moved.set(true);
        });

        assertThat(moved).isTrue();
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.QUEUED);
        assertThat(fixture.row(entry, ANNE).attempts()).isOne();
        assertThat(fixture.admit(waiting)).isEqualTo(new Admission.Work(List.of(ANNE)));
    }
}
