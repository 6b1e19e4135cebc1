package io.postrider.simulator.smtp;

import io.postrider.mail.EmailAddress;
import java.util.Locale;

/** How the simulator treats a recipient, by the word that its local part starts with; {@code defer+anything@…} is {@code defer}. */
enum Behaviour {
    /** Takes the mail; so does any word that is not in this table. */
    SUCCESS {
        @Override
        String answerRcpt(boolean metBefore) {
            return "250 2.1.5 recipient ok";
        }
    },
    /** There is no such mailbox. */
    BOUNCE {
        @Override
        String answerRcpt(boolean metBefore) {
            return "550 5.1.1 simulated: no such user here";
        }
    },
    /** The mailbox takes no more. */
    MAILBOX_FULL {
        @Override
        String answerRcpt(boolean metBefore) {
            return "552 5.2.2 simulated: mailbox full";
        }
    },
    /** Not the first time, for a reverse-path and a recipient; then it takes the mail. */
    DEFER {
        @Override
        String answerRcpt(boolean metBefore) {
            return metBefore ? SUCCESS.answerRcpt(true) : "451 4.3.0 simulated: try again later";
        }

        @Override
        boolean remembers() {
            return true;
        }
    };

    /** @param metBefore whether a mail from this reverse-path to this recipient was offered before; only where it remembers */
    abstract String answerRcpt(boolean metBefore);

    /** Whether the answer depends on earlier mail. */
    boolean remembers() {
        return false;
    }

    static Behaviour of(EmailAddress recipient) {
        String local = recipient.localPart().toLowerCase(Locale.ROOT);
        int plus = local.indexOf('+');
        String word = plus < 0 ? local : local.substring(0, plus);
        for (Behaviour behaviour : values()) {
            if (behaviour.word().equals(word)) {
                return behaviour;
            }
        }
        return SUCCESS;
    }

    private String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
