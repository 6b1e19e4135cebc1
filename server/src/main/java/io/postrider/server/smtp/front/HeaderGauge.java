package io.postrider.server.smtp.front;

import io.postrider.mail.SmtpReply;
import io.postrider.submission.MessageLimits;
import java.util.Optional;

/**
 * Measures the header section of a message while it comes in, so that one that is too large costs nothing beyond the limit. It ends where {@link
 * io.postrider.mail.RawMessage} lets it end: at an empty line, or before a line that is no field.
 */
final class HeaderGauge {
    private enum State {
        LINE_START,
        NAME,
        BLANKS_BEHIND_NAME,
        VALUE,
        ENDED
    }

    private final MessageLimits limits;
    private State state = State.LINE_START;
    private long size;
    /** Octets of a line of which it is not known yet that it is a field. */
    private long undecided;

    private int fields;

    HeaderGauge(MessageLimits limits) {
        this.limits = limits;
    }

    /** A field that does not come from the client, with its line end. */
    void ourField(int length) {
        fields++;
        size += length;
    }

    boolean isEnded() {
        return state == State.ENDED;
    }

    void text(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && state != State.VALUE && state != State.ENDED) {
            next(bytes[i]);
            i++;
        }
        if (state == State.VALUE) {
            size += to - i;
        }
    }

    void lineEnd() {
        if (isEnded()) {
            return;
        }
        size += state == State.VALUE || state == State.LINE_START ? 2 : 0;
        state = state == State.VALUE ? State.LINE_START : State.ENDED;
    }

    /** Why the message is refused for its header, as far as it is known. */
    Optional<SmtpReply> refusal() {
        return limits.refusalOfHeader(size, fields);
    }

    private void next(byte b) {
        undecided++;
        switch (state) {
            case LINE_START -> {
                if (isBlank(b)) {
                    settle(State.VALUE);
                } else {
                    state = isOfName(b) ? State.NAME : State.ENDED;
                }
            }
            case NAME -> {
                if (b == ':') {
                    startValue();
                } else if (!isOfName(b)) {
                    state = isBlank(b) ? State.BLANKS_BEHIND_NAME : State.ENDED;
                }
            }
            default -> {
                if (b == ':') {
                    startValue();
                } else if (!isBlank(b)) {
                    state = State.ENDED;
                }
            }
        }
    }

    private void startValue() {
        fields++;
        settle(State.VALUE);
    }

    private void settle(State next) {
        size += undecided;
        undecided = 0;
        state = next;
    }

    private static boolean isOfName(byte b) {
        return b > 32 && b < 127 && b != ':';
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
