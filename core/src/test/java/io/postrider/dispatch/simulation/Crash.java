package io.postrider.dispatch.simulation;

/** The process is gone: whatever was on its stack ends here. */
final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
        super("the process died", null, false, false);
    }
}
