package io.postrider.mail;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks through octets of a message, eight at once. */
public final class Octets {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Octets() {}

    /** Returns the index of the first octet below 32: CR, LF, NUL, TAB and others that are rare; {@code to} when there is none. */
    public static int firstControl(byte[] octets, int from, int to) {
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long controls = controlsIn((long) EIGHT.get(octets, i));
            if (controls != 0) {
                return i + Long.numberOfTrailingZeros(controls) / Byte.SIZE;
            }
        }
        while (i < to && (octets[i] < 0 || octets[i] >= 32)) {
            i++;
        }
        return i;
    }

    /** The lowest bit that is set belongs to the first octet below 32. */
    private static long controlsIn(long octets) {
        return octets - 32 * LOW_BITS & ~octets & HIGH_BITS;
    }
}
