package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.postrider.server.config.SmtpSettings;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final InetAddress ALICE = InetAddresses.forString("192.0.2.1");
    private static final InetAddress BOB = InetAddresses.forString("192.0.2.2");
    private static final InetAddress TRUSTED = InetAddresses.forString("10.0.0.1");

    private final AtomicLong now = new AtomicLong();
    private final Admission admission =
            new Admission(new SmtpSettings.Listener(3, 2, 5, true, List.of()), TRUSTED::equals, now::get);

    private static final class Visitor implements Admission.Guest {
        private final List<String> words = new ArrayList<>();
        private boolean atWork;

        @Override
        public void sendAway(String text) {
            words.add(text);
        }

        @Override
        public boolean isAtWork() {
            return atWork;
        }
    }

    @Test
    void oneAddressShouldHaveNoMoreThanItsShare() {
        Visitor second = new Visitor();
        admission.enter(new Visitor(), ALICE);
        admission.enter(second, ALICE);

        assertThat(admission.enter(new Visitor(), ALICE)).get().asString().startsWith("4.7.0");
        assertThat(admission.enter(new Visitor(), BOB)).isEmpty();
        admission.leave(second, ALICE);
        assertThat(admission.enter(new Visitor(), ALICE)).isEmpty();
    }

    @Test
    void anAddressOfIpv6ShouldCountAsItsSlash64() {
        admission.enter(new Visitor(), InetAddresses.forString("2001:db8::1"));
        admission.enter(new Visitor(), InetAddresses.forString("2001:db8::2"));

        assertThat(admission.enter(new Visitor(), InetAddresses.forString("2001:db8::3:4")))
                .get()
                .asString()
                .contains("2001:db8::/64");
        assertThat(admission.enter(new Visitor(), InetAddresses.forString("2001:db8:0:1::1")))
                .isEmpty();
    }

    @Test
    void theOldestThatHasShownNothingShouldMakeRoomForANewcomer() {
        Visitor proven = new Visitor();
        Visitor idle = new Visitor();
        admission.enter(proven, ALICE);
        admission.proven(proven);
        admission.enter(idle, ALICE);
        admission.enter(new Visitor(), BOB);

        assertThat(admission.enter(new Visitor(), BOB)).isEmpty();

        assertThat(proven.words).isEmpty();
        assertThat(idle.words).singleElement().asString().startsWith("4.3.2");
    }

    @Test
    void whoIsAtATransactionShouldMakeRoomForNobody() {
        List<Visitor> visitors = List.of(new Visitor(), new Visitor(), new Visitor());
        admission.enter(visitors.get(0), ALICE);
        admission.enter(visitors.get(1), ALICE);
        admission.enter(visitors.get(2), BOB);
        visitors.get(0).atWork = true;

        assertThat(admission.enter(new Visitor(), BOB)).isEmpty();
        assertThat(visitors.get(0).words).isEmpty();
        assertThat(visitors.get(1).words).hasSize(1);
    }

    @Test
    void aNewcomerShouldBePutOffWhenAllAreAtTheirTransactions() {
        for (InetAddress address : List.of(ALICE, ALICE, BOB)) {
            Visitor visitor = new Visitor();
            visitor.atWork = true;
            admission.enter(visitor, address);
        }

        assertThat(admission.enter(new Visitor(), BOB)).get().asString().startsWith("4.3.2");
    }

    @Test
    void aNewcomerShouldBePutOffWhenAllHaveShownWhoTheyAre() {
        for (InetAddress address : List.of(ALICE, ALICE, BOB)) {
            Visitor visitor = new Visitor();
            admission.enter(visitor, address);
            admission.proven(visitor);
        }

        assertThat(admission.enter(new Visitor(), BOB)).get().asString().startsWith("4.3.2");
        assertThat(admission.total()).isEqualTo(3);
    }

    @Test
    void commandsShouldBeCountedForAMinute() {
        for (int i = 0; i < 5; i++) {
            assertThat(admission.command(ALICE)).isEmpty();
        }

        assertThat(admission.command(ALICE)).get().asString().startsWith("4.7.0");
        assertThat(admission.enter(new Visitor(), ALICE)).isPresent();
        assertThat(admission.command(BOB)).isEmpty();

        now.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(admission.enter(new Visitor(), ALICE)).isEmpty();
        assertThat(admission.command(ALICE)).isEmpty();
    }

    @Test
    void aTrustedNetworkShouldHaveNoLimitOfItsOwn() {
        for (int i = 0; i < 3; i++) {
            assertThat(admission.enter(new Visitor(), TRUSTED)).isEmpty();
        }
        for (int i = 0; i < 100; i++) {
            assertThat(admission.command(TRUSTED)).isEmpty();
        }
    }
}
