package io.postrider.simulator.smtp;

import io.postrider.mail.EmailAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How the simulator treats a recipient, by the word that its local part starts with, and what it makes of the tags behind it:
 * {@code slow+5@…} is slow by 5 s, {@code defer+anything@…} is {@code defer}.
 *
 * @param tags behind the word, in lower case
 */
record Behaviour(Word word, List<String> tags) {
    private static final String ACCEPTED = "250 2.1.5 recipient ok";
    private static final String SECONDS = "[0-9]{1,3}";
    private static final Duration GREYLISTED_FOR = Duration.ofSeconds(10);
    private static final Duration SLOW_BY = Duration.ofSeconds(2);

    enum Word {
        /** Takes the mail; so does any word that is not in this table. */
        SUCCESS,
        /** There is no such mailbox. */
        BOUNCE,
        /** The mailbox takes no more. */
        MAILBOX_FULL,
        /** Not the first time, for a reverse-path and a recipient; then it takes the mail. */
        DEFER,
        /** Not within 10 s, or so many seconds as a tag says, of the first time; then it takes the mail. */
        GREYLIST,
        /** Never answers RCPT; with the tag {@code data} DATA, with {@code dot} the message. */
        TIMEOUT,
        /** Closes the connection in the midst of the message; with the tag {@code dot} when it has read it. */
        DROP,
        /** Answers RCPT and all that follows after 2 s, or so many seconds as a tag says, and takes the mail. */
        SLOW
    }

    /** Where a transaction stands. */
    enum Stage {
        RCPT,
        DATA,
        MESSAGE,
        DOT
    }

    static Behaviour of(EmailAddress recipient) {
        String[] parts = recipient.localPart().toLowerCase(Locale.ROOT).split("\\+");
        List<String> tags = List.of(parts).subList(Math.min(1, parts.length), parts.length);
        return new Behaviour(
                Arrays.stream(Word.values())
                        .filter(word -> parts.length > 0 && name(word).equals(parts[0]))
                        .findFirst()
                        .orElse(Word.SUCCESS),
                tags);
    }

    /** Whether the answer depends on earlier mail. */
    boolean remembers() {
        return word == Word.DEFER || word == Word.GREYLIST;
    }

    /** @param metFirst when a mail from this reverse-path to this recipient was first offered before; only where it remembers */
    String answerRcpt(Optional<Instant> metFirst, Instant now) {
        return switch (word) {
            case BOUNCE -> "550 5.1.1 simulated: no such user here";
            case MAILBOX_FULL -> "552 5.2.2 simulated: mailbox full";
            case DEFER -> metFirst.isPresent() ? ACCEPTED : "451 4.3.0 simulated: try again later";
            case GREYLIST -> {
                Duration wait = seconds(GREYLISTED_FOR);
                boolean over =
                        metFirst.isPresent() && !now.isBefore(metFirst.get().plus(wait));
                yield over
                        ? ACCEPTED
                        : "451 4.7.1 simulated: greylisted, try again " + wait.toSeconds() + " s after the first time";
            }
            default -> ACCEPTED;
        };
    }

    /** Whether nothing is answered there any more. */
    boolean isSilentAt(Stage stage) {
        return word == Word.TIMEOUT && stage == (hasTag("dot") ? Stage.DOT : hasTag("data") ? Stage.DATA : Stage.RCPT);
    }

    /** Whether the connection is closed there. */
    boolean hangsUpAt(Stage stage) {
        return word == Word.DROP && stage == (hasTag("dot") ? Stage.DOT : Stage.MESSAGE);
    }

    /** How long an answer takes. */
    Duration delay() {
        return word == Word.SLOW ? seconds(SLOW_BY) : Duration.ZERO;
    }

    private boolean hasTag(String tag) {
        return tags.contains(tag);
    }

    private Duration seconds(Duration otherwise) {
        return tags.stream()
                .filter(tag -> tag.matches(SECONDS))
                .findFirst()
                .map(tag -> Duration.ofSeconds(Long.parseLong(tag)))
                .orElse(otherwise);
    }

    private static String name(Word word) {
        return word.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
