package io.postrider.server;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands in for the server in the test of the launcher: it starts, fails and stops as the environment tells it. */
public final class Main {
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[1]);
        Files.writeString(
                home.resolve("seen.txt"),
                String.join(
                        "\n",
                        args[0],
                        args[1],
                        System.getProperty("postrider.home"),
                        System.getProperty("postrider.console"),
                        System.getProperty("logback.configurationFile"),
                        System.getProperty("from.jvm.options", "none"),
                        Long.toString(ProcessHandle.current().pid())));
        Files.write(home.resolve("flags.txt"), java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
        if ("fail".equals(System.getenv("STAND_IN"))) {
            System.out.println("about to fail");
            System.err.println("the port is taken");
            Files.writeString(home.resolve("logs/postrider.log"), "a line of this start\n", java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND);
            System.exit(7);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                Files.writeString(home.resolve("stopped.txt"), "cleanly");
            } catch (Exception e) {
                e.printStackTrace();
            }
        }));
        AtomicInteger unhealthyAnswers = new AtomicInteger(Integer.parseInt(System.getenv().getOrDefault("UNHEALTHY", "0")));
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(System.getenv("STAND_IN_PORT"))), 0);
        server.createContext("/healthcheck", exchange -> {
            boolean healthy = unhealthyAnswers.getAndDecrement() <= 0;
            exchange.sendResponseHeaders(healthy ? 200 : 503, -1);
            exchange.close();
        });
        server.start();
        System.out.println("token: s3cret");
        System.out.print("a line in ");
        System.out.println("two parts");
        System.out.print("Postrider is ready");
        System.out.flush();
        if (System.getenv("NO_LINE_END") == null) {
            System.out.println();
            System.out.println("printed after that");
        }
    }
}
