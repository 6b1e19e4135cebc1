package io.postrider.server.config;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tells which of the ports that a node is to listen on are not free. */
public final class Ports {
    private Ports() {}

    /** What is wrong with the port of the admin API; it is always listened on. */
    public static List<String> problemsOfAdmin(Settings settings) {
        return problems(settings, Map.of(Keys.ADMIN_PORT, settings.admin().port()));
    }

    /** What is wrong with the ports of SMTP, of those that {@code smtpserver.xml} may refer to. */
    public static List<String> problemsOfSmtp(Settings settings) {
        return problems(
                settings,
                Map.of(
                        Keys.SUBMISSION_PORT, settings.submission().port(),
                        Keys.SUBMISSION_TLS_PORT, settings.smtp().submissionTlsPort(),
                        Keys.INBOUND_PORT, settings.inbound().port()));
    }

    private static List<String> problems(Settings settings, Map<Key<Integer>, Integer> ports) {
        InetAddress address = InetAddresses.forString(settings.server().bindAddress());
        List<String> problems = new ArrayList<>();
        ports.forEach((key, port) -> {
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true); // as the servers do
                socket.bind(new InetSocketAddress(address, port));
            } catch (IOException e) {
                problems.add(key.name() + ": " + InetAddresses.toUriString(address) + ":" + port
                        + " cannot be listened on: " + e.getMessage() + " (" + key.variable() + " names another port)");
            }
        });
        return problems.stream().sorted().toList();
    }
}
