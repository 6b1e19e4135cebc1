package io.postrider.testkit.dns;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SetResponse;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.Zone;

/** A DNS server on loopback, UDP and TCP, for one zone at the root, that misbehaves as it is told. */
public final class ScriptedDnsServer implements AutoCloseable {
    private static final int MAX_CNAMES = 20;
    private static final int PORT_TRIES = 50;

    private final Zone zone;
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "scripted-dns");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<Name, DnsBehaviour> behaviours = new ConcurrentHashMap<>();
    private final List<Query> queries = new CopyOnWriteArrayList<>();
    private final List<Runnable> held = new ArrayList<>();

    /** @param name in lower case, without a final dot */
    public record Query(String name, String type, boolean tcp) {}

    private interface Reply {
        void send(byte[] message) throws IOException;
    }

    private ScriptedDnsServer(Zone zone, DatagramSocket udp, ServerSocket tcp) {
        this.zone = zone;
        this.udp = udp;
        this.tcp = tcp;
    }

    /**
     * Starts a server on a free port.
     *
     * @param records lines of a master file with absolute names, such as {@code example.test. 60 IN MX 10 mx.example.test.}
     */
    public static ScriptedDnsServer serving(String... records) {
        String head = ". 60 IN SOA ns. hostmaster. 1 3600 600 86400 30\n. 60 IN NS ns.\nns. 60 IN A 127.0.0.1\n";
        try {
            Zone zone = new Zone(Name.root, new ByteArrayInputStream(head.getBytes(StandardCharsets.US_ASCII)));
            ScriptedDnsServer server = onAFreePort(zone);
            server.add(records);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ScriptedDnsServer onAFreePort(Zone zone) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        IOException last = new IOException("no port is free for both UDP and TCP");
        for (int i = 0; i < PORT_TRIES; i++) {
            DatagramSocket udp = new DatagramSocket(0, loopback);
            try {
                return new ScriptedDnsServer(zone, udp, new ServerSocket(udp.getLocalPort(), 50, loopback));
            } catch (IOException e) {
                udp.close();
                last = e;
            }
        }
        throw last;
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) udp.getLocalSocketAddress();
    }

    public int port() {
        return udp.getLocalPort();
    }

    public void add(String... records) {
        for (String line : records) {
            synchronized (zone) {
                zone.addRecord(parse(line));
            }
        }
    }

    /** Removes all records of that type at the name. */
    public void remove(String name, String type) {
        synchronized (zone) {
            zone.removeRRset(nameOf(name), Type.value(type));
        }
    }

    /** What happens to questions about exactly this name from now on. */
    public void behave(String name, DnsBehaviour behaviour) {
        behaviours.put(nameOf(name), behaviour);
        List<Runnable> released;
        synchronized (held) {
            released = List.copyOf(held);
            held.clear();
        }
        released.forEach(threads::execute);
    }

    /** All questions, in the order in which they came. */
    public List<Query> queries() {
        return List.copyOf(queries);
    }

    public long queries(String name, String type) {
        return queries.stream()
                .filter(query -> query.name().equals(name) && query.type().equals(type))
                .count();
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdownNow();
    }

    private void start() {
        threads.execute(this::serveUdp);
        threads.execute(this::serveTcp);
    }

    private void serveUdp() {
        byte[] buffer = new byte[4096];
        while (!udp.isClosed()) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
                udp.receive(packet);
                byte[] query = Arrays.copyOf(buffer, packet.getLength());
                answer(
                        query,
                        false,
                        reply -> udp.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress())));
            } catch (IOException e) {
                if (!udp.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                Socket socket = tcp.accept();
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                if (!tcp.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
            while (true) {
                byte[] query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                answer(query, true, reply -> {
                    out.writeShort(reply.length);
                    out.write(reply);
                });
            }
        } catch (IOException e) {
            // the client has gone
        }
    }

    private void answer(byte[] bytes, boolean byTcp, Reply reply) throws IOException {
        Message query = new Message(bytes);
        Record question = query.getQuestion();
        queries.add(new Query(text(question.getName()), Type.string(question.getType()), byTcp));
        answer(query, byTcp, reply);
    }

    private void answer(Message query, boolean byTcp, Reply reply) throws IOException {
        Record question = query.getQuestion();
        switch (behaviours.getOrDefault(question.getName(), DnsBehaviour.ANSWER)) {
            case ANSWER -> send(reply, fromZone(query, question, true));
            case SERVFAIL -> send(reply, withRcode(query, Rcode.SERVFAIL));
            case REFUSED -> send(reply, withRcode(query, Rcode.REFUSED));
            case SILENT -> {}
            case TRUNCATE -> {
                if (byTcp) {
                    send(reply, fromZone(query, question, true));
                } else {
                    Message cut = responseTo(query);
                    cut.getHeader().setFlag(Flags.TC);
                    send(reply, cut);
                }
            }
            case WRONG_ID -> {
                Message wrong = fromZone(query, question, true);
                wrong.getHeader().setID(query.getHeader().getID() ^ 1);
                send(reply, wrong);
            }
            case WRONG_QUESTION -> {
                Message wrong = fromZone(query, question, true);
                wrong.removeAllRecords(Section.QUESTION);
                wrong.addRecord(
                        Record.newRecord(nameOf("wrong.test."), question.getType(), question.getDClass()),
                        Section.QUESTION);
                send(reply, wrong);
            }
            case WRONG_OWNER -> {
                Message right = fromZone(query, question, true);
                Message wrong = responseTo(query);
                for (Record record : right.getSection(Section.ANSWER)) {
                    Record moved = Record.newRecord(
                            nameOf("wrong.test."),
                            record.getType(),
                            record.getDClass(),
                            record.getTTL(),
                            record.rdataToWireCanonical());
                    wrong.addRecord(moved, Section.ANSWER);
                }
                send(reply, wrong);
            }
            case BARE_CNAME -> send(reply, fromZone(query, question, false));
            case AUTHENTICATED -> {
                Message validated = fromZone(query, question, true);
                validated.getHeader().setFlag(Flags.AD);
                send(reply, validated);
            }
            case HOLD -> {
                synchronized (held) {
                    held.add(() -> {
                        try {
                            answer(query, byTcp, reply);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
                }
            }
        }
    }

    private static void send(Reply reply, Message message) throws IOException {
        reply.send(message.toWire());
    }

    private static Message responseTo(Message query) {
        Message response = new Message(query.getHeader().getID());
        response.getHeader().setOpcode(Opcode.QUERY);
        response.getHeader().setFlag(Flags.QR);
        response.getHeader().setFlag(Flags.RA);
        response.addRecord(query.getQuestion(), Section.QUESTION);
        return response;
    }

    private static Message withRcode(Message query, int rcode) {
        Message response = responseTo(query);
        response.getHeader().setRcode(rcode);
        return response;
    }

    private Message fromZone(Message query, Record question, boolean followCnames) {
        Message response = responseTo(query);
        Name name = question.getName();
        for (int i = 0; i < MAX_CNAMES; i++) {
            SetResponse found = lookUp(name, question.getType());
            if (found.isSuccessful()) {
                found.answers().stream()
                        .map(RRset::rrs)
                        .flatMap(List::stream)
                        .forEach(record -> response.addRecord(record, Section.ANSWER));
                return response;
            }
            if (!found.isCNAME()) {
                if (found.isNXDOMAIN()) {
                    response.getHeader().setRcode(Rcode.NXDOMAIN);
                }
                response.addRecord(zone.getSOA(), Section.AUTHORITY);
                return response;
            }
            CNAMERecord cname = found.getCNAME();
            response.addRecord(cname, Section.ANSWER);
            name = cname.getTarget();
            if (!followCnames) {
                return response;
            }
        }
        return response;
    }

    private SetResponse lookUp(Name name, int type) {
        synchronized (zone) {
            return zone.findRecords(name, type);
        }
    }

    private static Record parse(String line) {
        try (Master master =
                new Master(new ByteArrayInputStream(line.getBytes(StandardCharsets.US_ASCII)), Name.root)) {
            return master.nextRecord();
        } catch (IOException e) {
            throw new UncheckedIOException(line, e);
        }
    }

    private static Name nameOf(String name) {
        try {
            return Name.fromString(name, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("name: '" + name + "' (expected: a domain name)", e);
        }
    }

    private static String text(Name name) {
        return name.toString(true).toLowerCase(Locale.ROOT);
    }
}
