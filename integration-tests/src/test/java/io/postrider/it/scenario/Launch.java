package io.postrider.it.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What came of a start that ended by itself.
 *
 * @param error what stood on its standard error
 */
record Launch(int code, String output, String error) {
    private static final int SECONDS = 120;

    /** Starts a node on a home and waits until it has ended. */
    static Launch on(Path home, Map<String, String> environment) throws IOException, InterruptedException {
        Path output = Files.createTempFile("launch", ".out");
        Path error = Files.createTempFile("launch", ".err");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-Dpostrider.home=" + home,
                        "-Dpostrider.console=OFF",
                        "-Dlogback.configurationFile=embedded/logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.postrider.server.Main",
                        "--home",
                        home.toString()))
                .redirectOutput(output.toFile())
                .redirectError(error.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("POSTRIDER_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the node still runs; it said: " + Files.readString(output));
            }
            return new Launch(process.exitValue(), Files.readString(output), Files.readString(error));
        } finally {
            process.destroyForcibly();
            Files.delete(output);
            Files.delete(error);
        }
    }
}
