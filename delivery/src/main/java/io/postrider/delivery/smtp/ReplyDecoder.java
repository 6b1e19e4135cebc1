package io.postrider.delivery.smtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads replies (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.2">RFC 5321, section 4.2</a>) as servers really send
 * them: bare codes, bare LF, text in UTF-8 or else ISO-8859-1, hundreds of lines, up to 64 KiB.
 *
 * <p>Netty's own SmtpResponseDecoder is not used: it fails on a bare {@code 250}, takes text for US-ASCII, has a limit per line but
 * none per reply, and cannot tell whether bytes lie unread behind a reply, which is what guards us against replies nobody asked for.
 */
final class ReplyDecoder extends ByteToMessageDecoder {
    static final int MAX_REPLY_BYTES = 64 * 1024;
    static final int MAX_REPLY_LINES = 1000;
    private static final int CODE_LENGTH = 3;
    private static final int SHOWN_OF_NONSENSE = 80;

    private final List<String> lines = new ArrayList<>();
    private int replyBytes;
    private int scanned;

    /** Whether the peer has sent more than the replies that were handed on. */
    boolean hasUnread() {
        return actualReadableBytes() > 0 || !lines.isEmpty();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        int newline = in.indexOf(in.readerIndex() + scanned, in.writerIndex(), (byte) '\n');
        int length = (newline < 0 ? in.writerIndex() : newline + 1) - in.readerIndex();
        if (replyBytes + length > MAX_REPLY_BYTES) {
            throw new MalformedReplyException("a reply of more than " + MAX_REPLY_BYTES + " bytes");
        }
        if (newline < 0) {
            scanned = length;
            return;
        }
        scanned = 0;
        replyBytes += length;
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        add(textOf(bytes), out);
    }

    private void add(String line, List<Object> out) {
        int code = codeOf(line);
        if (!lines.isEmpty() && codeOf(lines.get(0)) / 100 != code / 100) { // else the last one counts
            throw new MalformedReplyException(
                    "a reply of two meanings: '" + shown(lines.get(0)) + "', '" + shown(line) + "'");
        }
        lines.add(line);
        if (lines.size() > MAX_REPLY_LINES) {
            throw new MalformedReplyException("a reply of more than " + MAX_REPLY_LINES + " lines");
        }
        if (line.length() == CODE_LENGTH || line.charAt(CODE_LENGTH) != '-') {
            out.add(new ServerReply(code, lines));
            lines.clear();
            replyBytes = 0;
        }
    }

    private static int codeOf(String line) {
        boolean valid = line.length() >= CODE_LENGTH
                && line.charAt(0) >= '2'
                && line.charAt(0) <= '5'
                && isDigit(line.charAt(1))
                && isDigit(line.charAt(2))
                && (line.length() == CODE_LENGTH || " -\t".indexOf(line.charAt(CODE_LENGTH)) >= 0);
        if (!valid) {
            throw new MalformedReplyException("no SMTP reply: '" + shown(line) + "'");
        }
        return Integer.parseInt(line, 0, CODE_LENGTH, 10);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static String textOf(byte[] line) {
        int end = line.length;
        while (end > 0 && (line[end - 1] == '\n' || line[end - 1] == '\r')) {
            end--;
        }
        if (isAscii(line, end)) {
            return Printable.text(new String(line, 0, end, StandardCharsets.ISO_8859_1));
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line, 0, end))
                    .toString();
        } catch (CharacterCodingException e) {
            text = new String(line, 0, end, StandardCharsets.ISO_8859_1);
        }
        return Printable.text(text); // it goes into logs and the trace
    }

    private static boolean isAscii(byte[] line, int end) {
        for (int i = 0; i < end; i++) {
            if (line[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private static String shown(String line) {
        return line.length() > SHOWN_OF_NONSENSE ? line.substring(0, SHOWN_OF_NONSENSE) + "…" : line;
    }
}
