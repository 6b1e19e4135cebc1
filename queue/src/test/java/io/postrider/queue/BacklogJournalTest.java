package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.Lane;
import io.postrider.dispatch.BacklogId;
import io.postrider.dispatch.BacklogStore.Resting;
import io.postrider.mail.MessageId;
import io.postrider.route.Hop;
import io.postrider.trace.EntryId;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BacklogJournalTest {
    private static final BacklogId SITE =
            new BacklogId(new Lane(Hop.parse("direct:pool"), "mx1.example.net,mx2.example.net"), "retry");
    private static final BacklogId RELAY = new BacklogId(new Lane(Hop.parse("relay:ses"), ""), "retry.long");
    private static final Instant UNTIL = Instant.parse("2026-11-25T08:00:00.123Z");

    @RegisterExtension
    private final QueueExtension queues = new QueueExtension();

    private final Random random = new Random(1);
    private BacklogJournal journal;

    @BeforeEach
    void open() {
        journal =
                BacklogJournal.open(queues.directory().resolve("backlog"), 1 << 20, queues.broker(), Clock.systemUTC());
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private EntryId put(BacklogId backlog, int size) {
        Instant now = Clock.systemUTC().instant();
        EntryId id = new EntryId(MessageId.at(now, random).value());
        byte[] mail = new byte[size];
        random.nextBytes(mail);
        journal.put(backlog, id, MessageId.at(now, random), mail, UNTIL);
        return id;
    }

    private List<EntryId> ids(BacklogId backlog) {
        return journal.from(backlog, 0, 100).stream().map(Resting::id).toList();
    }

    @Test
    void entriesShouldBeReadInTheOrderInWhichTheyCameAlsoAfterARestart() {
        List<EntryId> site = List.of(put(SITE, 10), put(SITE, 10), put(SITE, 10));
        List<EntryId> relay = List.of(put(RELAY, 10));
        assertThat(ids(SITE)).isEqualTo(site);

        close();
        open();

        assertThat(journal.counts()).isEqualTo(Map.of(SITE, 3L, RELAY, 1L));
        assertThat(ids(SITE)).isEqualTo(site);
        assertThat(ids(RELAY)).isEqualTo(relay);
        assertThat(journal.from(SITE, 0, 1).get(0).until()).isEqualTo(UNTIL);
    }

    @Test
    void readingShouldGoOnFromASequence() {
        put(SITE, 10);
        EntryId second = put(SITE, 10);
        EntryId third = put(SITE, 10);

        long first = journal.from(SITE, 0, 1).get(0).sequence();
        assertThat(journal.from(SITE, first + 1, 1)).extracting(Resting::id).containsExactly(second);
        assertThat(journal.from(SITE, first + 1, 9)).extracting(Resting::id).containsExactly(second, third);
        assertThat(journal.from(SITE, first + 100, 9)).isEmpty();
    }

    @Test
    void anEntryShouldBeFoundByItsIdWhereverItIs() {
        put(SITE, 10);
        EntryId sought = put(RELAY, 10);

        Resting found = journal.find(sought).orElseThrow();
        assertThat(found.id()).isEqualTo(sought);
        assertThat(found.backlog()).isEqualTo(RELAY);
        assertThat(journal.find(new EntryId(MessageId.at(UNTIL, random).value())))
                .isEmpty();
    }

    @Test
    void whatIsRemovedShouldBeGoneAndTheRestStay() {
        EntryId first = put(SITE, 10);
        EntryId second = put(SITE, 10);

        assertThat(journal.remove(SITE, first)).isTrue();
        assertThat(journal.remove(SITE, first)).isFalse();
        assertThat(ids(SITE)).containsExactly(second);
        assertThat(journal.find(first)).isEmpty();
        close();
        open();
        assertThat(ids(SITE)).containsExactly(second);
    }

    @Test
    void anEmptyBacklogShouldBeForgottenAndMadeAnew() {
        journal.remove(SITE, put(SITE, 10));
        journal.drop(SITE);
        assertThat(journal.counts()).isEmpty();

        EntryId again = put(SITE, 10);
        assertThat(ids(SITE)).containsExactly(again);
        assertThat(journal.counts()).isEqualTo(Map.of(SITE, 1L));
    }

    @Test
    void aLargeMailShouldComeBackAsItWas() {
        byte[] mail = new byte[3 << 20];
        random.nextBytes(mail);
        MessageId message = MessageId.at(UNTIL, random);
        journal.put(SITE, EntryId.firstOf(message), message, mail, UNTIL);

        Resting found = journal.from(SITE, 0, 5).get(0);
        assertThat(found.mail()).isEqualTo(mail);
        assertThat(found.message()).isEqualTo(message);
    }
}
