package io.postrider.store;

/** A store gave no answer: mail is deferred with 4.3.0, because silence is never a yes. */
public final class StoreUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String operation, Throwable cause) {
        super("store unavailable: " + operation, cause);
    }
}
