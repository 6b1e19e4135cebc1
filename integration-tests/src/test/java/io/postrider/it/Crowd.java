package io.postrider.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Connections to one listener from many addresses of loopback: some say nothing, the others say one octet of a command each second, which never ends. None reads.
 */
final class Crowd implements AutoCloseable {
    private static final int PER_ADDRESS = 40;
    private static final int ADDRESSES_PER_NET = 250;
    private static final long OCTET_MILLIS = 1000;
    private static final byte[] ENDLESS = "EHLO ".getBytes(StandardCharsets.US_ASCII);

    private final List<SocketChannel> idle = new ArrayList<>();
    private final List<SocketChannel> slow = new ArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread dripping = new Thread(this::drip, "crowd");

    private Crowd() {}

    /** @param net of the clients' addresses, 127.NET.0.0 */
    static Crowd at(InetSocketAddress listener, int net, int idle, int slow) throws IOException {
        Crowd crowd = new Crowd();
        try {
            for (int n = 0; n < idle + slow; n++) {
                (n < idle ? crowd.idle : crowd.slow).add(connect(listener, addressOf(net, n / PER_ADDRESS)));
            }
            crowd.dripping.setDaemon(true);
            crowd.dripping.start();
            return crowd;
        } catch (IOException e) {
            crowd.close();
            throw e;
        }
    }

    private static String addressOf(int net, int number) {
        return "127." + net + "." + (number / ADDRESSES_PER_NET) + "." + (1 + number % ADDRESSES_PER_NET);
    }

    private static SocketChannel connect(InetSocketAddress listener, String from) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            // Many connections end at once on this side; their ports must not wait for minutes.
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.bind(new InetSocketAddress(from, 0));
            channel.connect(listener);
            channel.configureBlocking(false);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void drip() {
        try {
            for (int n = 0; !closed.await(OCTET_MILLIS, TimeUnit.MILLISECONDS); n++) {
                byte octet = n < ENDLESS.length ? ENDLESS[n] : (byte) 'x';
                for (SocketChannel channel : slow) {
                    write(channel, octet);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(SocketChannel channel, byte octet) {
        try {
            if (channel.isOpen()) {
                channel.write(ByteBuffer.wrap(new byte[] {octet}));
            }
        } catch (IOException e) {
            // the server has had enough of it
        }
    }

    /** How many connections the server has not ended. */
    int open() {
        return (int) (idle.stream().filter(Crowd::isOpen).count()
                + slow.stream().filter(Crowd::isOpen).count());
    }

    private static boolean isOpen(SocketChannel channel) {
        try {
            ByteBuffer greeting = ByteBuffer.allocate(4096);
            int read = channel.read(greeting);
            while (read > 0) {
                greeting.clear();
                read = channel.read(greeting);
            }
            return read == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        for (SocketChannel channel : idle) {
            channel.close();
        }
        for (SocketChannel channel : slow) {
            channel.close();
        }
    }
}
