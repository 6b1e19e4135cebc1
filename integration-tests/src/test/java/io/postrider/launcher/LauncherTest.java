package io.postrider.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code ./postrider} in a small tree with a Maven and a server that stand in for the real ones. */
class LauncherTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> TOOLS = List.of(
            "bash", "env", "dirname", "cat", "id", "sed", "find", "head", "mkdir", "rm", "mkfifo", "tr", "tail", "wc",
            "mv", "cp", "touch", "nohup", "nice", "sleep", "chmod");

    @TempDir
    static Path compiled;

    @TempDir
    Path directory;

    private Path clone;
    private Path home;
    private int port;
    private final List<Process> foreground = new ArrayList<>();

    private record Result(int code, String output) {}

    @BeforeAll
    static void compileTheStandIn() throws IOException {
        Path sources = Files.createDirectories(compiled.resolve("source"));
        for (String name : List.of("Main.java", "Training.java")) {
            Path source = sources.resolve(name);
            try (InputStream text = LauncherTest.class.getResourceAsStream("/launcher/" + name)) {
                Files.copy(text, source);
            }
            int code = ToolProvider.getSystemJavaCompiler()
                    .run(null, null, null, "-d", compiled.toString(), source.toString());
            assertThat(code).isZero();
        }
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(compiled.resolve("server.jar")));
                Stream<Path> classes = Files.walk(compiled.resolve("io"))) {
            for (Path file : classes.filter(Files::isRegularFile).toList()) {
                jar.putNextEntry(new JarEntry(compiled.relativize(file).toString()));
                Files.copy(file, jar);
            }
        }
    }

    @BeforeEach
    void makeATree() throws IOException {
        clone = directory.resolve("a clone");
        home = directory.resolve("home & garden");
        port = freePort();
        write(clone.resolve("pom.xml"), "<project>\n  <version>1.2.3</version>\n</project>\n");
        write(clone.resolve("server/pom.xml"), "<project/>\n");
        write(clone.resolve("server/src/main/java/A.java"), "class A {}\n");
        write(clone.resolve(".mvn/maven.config"), "-B\n");
        write(
                clone.resolve("james-conf/src/main/resources/embedded/jvm.options"),
                "# a comment\n\n-Xmx64m\n-Dfrom.jvm.options={home}/dumps\n");
        Files.copy(Path.of("../postrider"), clone.resolve("postrider"));
        executable(
                directory.resolve("bin/mvn"),
                "#!/usr/bin/env bash",
                "echo \"$*\" >>'" + directory + "/builds'",
                "[ \"${MVN_FAILS:-}\" = \"\" ] || { echo 'cannot find symbol'; exit 1; }",
                "mkdir -p server/target/postrider/lib",
                "cp '" + compiled + "/server.jar' server/target/postrider/lib/postrider-server.jar");
        makeOlder(clone);
    }

    @AfterEach
    void stopWhatRuns() throws Exception {
        run(Map.of(), "stop", "--home", home.toString());
        for (Process process : foreground) {
            process.destroyForcibly().waitFor();
        }
        awaitArchive(); // which writes into the tree that is deleted now
        for (String tool : TOOLS) {
            Files.deleteIfExists(directory.resolve("tools").resolve(tool)); // JUnit warns of each link that it deletes
        }
    }

    @Test
    void detachShouldShowWhatTheFirstStartPrintsAndKeepItInNoFile() throws Exception {
        Result result = start();

        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output())
                .contains(
                        "token: s3cret\n",
                        "a line in two parts\n",
                        "Postrider is ready\n",
                        "Postrider runs as process ");
        try (Stream<Path> files = Files.walk(home)) {
            assertThat(files.filter(Files::isRegularFile))
                    .allSatisfy(file -> assertThat(file).content().doesNotContain("s3cret"));
        }
    }

    @Test
    void theServerShouldGetItsHomeAndTheFlagsOfItsFile() throws Exception {
        start();

        assertThat(Files.readAllLines(home.resolve("seen.txt")))
                .startsWith(
                        "--home",
                        home.toString(),
                        home.toString(),
                        "OFF",
                        clone + "/james-conf/src/main/resources/embedded/logback.xml",
                        home + "/dumps");
    }

    @Test
    void theFilesOfTheHomeShouldReplaceTheEmbeddedOnes() throws Exception {
        write(home.resolve("conf/jvm.options"), "-Dfrom.jvm.options=mine\n");
        write(home.resolve("conf/logback.xml"), "<configuration/>\n");

        start();

        assertThat(Files.readAllLines(home.resolve("seen.txt"))).contains("mine", home + "/conf/logback.xml");
    }

    @Test
    void whatTheHomeHoldsShouldBeForItsOwner() throws Exception {
        start();

        for (String path : List.of("", "run", "logs")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(path))))
                    .isEqualTo("rwx------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("run/postrider.pid"))))
                .isEqualTo("rw-------");
    }

    @Test
    void detachShouldWaitUntilTheServerIsHealthy() throws Exception {
        Result result = run(Map.of("UNHEALTHY", "2"), "run", "--detach", "--home", home.toString());

        assertThat(result.code()).as(result.output()).isZero();
        assertThat(run(Map.of(), "status", "--home", home.toString()).code()).isZero();
    }

    @Test
    void detachShouldFindTheAdminPortInTheFileOfTheHome() throws Exception {
        write(home.resolve("conf/server.properties"), "# admin.port=1\n admin.port = " + port + " \n");

        Result result = run(Map.of("POSTRIDER_ADMIN_PORT", ""), "run", "--detach", "--home", home.toString());

        assertThat(result.code()).as(result.output()).isZero();
        assertThat(run(Map.of("POSTRIDER_ADMIN_PORT", ""), "status", "--home", home.toString())
                        .output())
                .contains("healthy (admin API: 127.0.0.1:" + port + ")");
    }

    @Test
    void detachShouldTakeTheServersWordWhenTheSystemChoosesThePort() throws Exception {
        Result result = run(Map.of("POSTRIDER_ADMIN_PORT", "0"), "run", "--detach", "--home", home.toString());

        assertThat(result.code()).as(result.output()).isZero();
    }

    @Test
    void detachShouldShowTheLogAndTheCodeOfAServerThatDies() throws Exception {
        write(home.resolve("logs/postrider.log"), "a line of an earlier start\n");

        Result result = run(Map.of("STAND_IN", "fail"), "run", "--detach", "--home", home.toString());

        assertThat(result.code()).isEqualTo(7);
        assertThat(result.output())
                .contains("about to fail", "the port is taken", "a line of this start", "ended with exit code 7")
                .doesNotContain("an earlier start");
        assertThat(home.resolve("run/postrider.pid")).doesNotExist();
    }

    @Test
    void anotherServerOnTheAdminPortShouldNotPassForOurs() throws Exception {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        other.createContext("/healthcheck", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        other.start();
        try {
            assertThat(run(Map.of("STAND_IN", "fail"), "run", "--detach", "--home", home.toString())
                            .code())
                    .isEqualTo(7);
        } finally {
            other.stop(0);
        }
    }

    @Test
    void aBuildThatIsUpToDateShouldNotBeRepeated() throws Exception {
        start();
        stop();
        start();

        assertThat(Files.readAllLines(directory.resolve("builds")))
                .containsExactly("-q -DskipTests -Dspotless.check.skip=true package -pl server -am");
    }

    @Test
    void aSourceThatChangedOrWentAwayShouldBeBuilt() throws Exception {
        Path one = clone.resolve("server/src/main/java/A.java");
        write(clone.resolve("server/src/main/java/B.java"), "class B {}\n");
        makeOlder(clone);
        start();
        stop();
        makeOlder(clone);

        Files.setLastModifiedTime(one, FileTime.from(Instant.now().plusSeconds(1)));
        start();
        stop();
        assertThat(Files.readAllLines(directory.resolve("builds"))).hasSize(2);
        makeOlder(clone);
        Files.delete(one);
        start();

        assertThat(Files.readAllLines(directory.resolve("builds"))).hasSize(3);
    }

    @Test
    void aBuildThatFailsShouldStopTheStartAndBeTriedAgain() throws Exception {
        Result result = run(Map.of("MVN_FAILS", "yes"), "run", "--detach", "--home", home.toString());

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.output()).contains("cannot find symbol", "postrider: the build failed");
        assertThat(start().code()).isZero();
    }

    @Test
    void aLineEndThatDoesNotComeShouldNotHideThatTheServerIsReady() throws Exception {
        Result result = run(Map.of("NO_LINE_END", "yes"), "run", "--detach", "--home", home.toString());

        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).contains("Postrider is ready\n");
    }

    @Test
    void aStartShouldMakeAnArchiveOfClassesForTheNextOnesOfItsBuild() throws Exception {
        Map<String, String> trains = Map.of("TRAINS", "yes");
        run(trains, "run", "--detach", "--home", home.toString());
        assertThat(flags()).noneMatch(flag -> flag.startsWith("-XX:SharedArchiveFile="));
        awaitArchive();
        stop();

        run(trains, "run", "--detach", "--home", home.toString());
        assertThat(archives()).hasSize(1);
        assertThat(flags()).contains("-XX:SharedArchiveFile=" + archives().get(0));
        stop();

        Files.setLastModifiedTime(
                clone.resolve("server/src/main/java/A.java"),
                FileTime.from(Instant.now().plusSeconds(1)));
        run(trains, "run", "--detach", "--home", home.toString());
        assertThat(flags()).noneMatch(flag -> flag.startsWith("-XX:SharedArchiveFile="));
    }

    @Test
    void anArchiveShouldBeMadeBeforeAnyStartWhenAskedFor() throws Exception {
        Map<String, String> trains = Map.of("TRAINS", "yes");
        Result made = run(trains, "archive");
        Result again = run(trains, "archive");

        assertThat(made.code()).as(made.output()).isZero();
        assertThat(again.output()).endsWith(" is there\n");
        assertThat(directory.resolve("trainings")).hasContent("training");
        run(trains, "run", "--detach", "--home", home.toString());
        assertThat(flags()).contains("-XX:SharedArchiveFile=" + archives().get(0));
    }

    @Test
    void anArchiveThatCannotBeMadeShouldBeTriedOncePerBuild() throws Exception {
        start();
        awaitArchive();
        stop();
        Result second = start();
        awaitArchive();

        assertThat(second.code()).as(second.output()).isZero();
        assertThat(archives()).isEmpty();
        assertThat(directory.resolve("trainings")).hasContent("training");
    }

    @Test
    void anArchiveThatIsNoneShouldNotStopTheStart() throws Exception {
        run(Map.of("TRAINS", "yes"), "run", "--detach", "--home", home.toString());
        awaitArchive();
        stop();
        Files.setPosixFilePermissions(archives().get(0), PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(archives().get(0), "not an archive");

        Result result = start();

        assertThat(result.code()).as(result.output()).isZero();
        assertThat(flags()).contains("-XX:SharedArchiveFile=" + archives().get(0));
        assertThat(result.output()).doesNotContain("archive", "warning");
    }

    @Test
    void theOperatorsWordOnArchivesShouldStand() throws Exception {
        run(Map.of("TRAINS", "yes"), "run", "--detach", "--home", home.toString());
        awaitArchive();
        stop();
        write(home.resolve("conf/jvm.options"), "-Xshare:off\n");

        start();

        assertThat(flags()).contains("-Xshare:off").noneMatch(flag -> flag.startsWith("-XX:SharedArchiveFile="));
    }

    @Test
    void aSecondStartShouldBeRefusedWithTheProcessThatHoldsTheHome() throws Exception {
        start();
        String pid = Files.readString(home.resolve("run/postrider.pid")).strip();

        Result second = start();

        assertThat(second.code()).isEqualTo(1);
        assertThat(second.output()).isEqualTo("postrider: process " + pid + " already runs on " + home + "\n");
        assertThat(home.resolve("run/postrider.pid")).content().isEqualTo(pid + "\n");
    }

    @Test
    void aProcessNumberThatAnotherProgramGotShouldNotCount() throws Exception {
        write(home.resolve("run/postrider.pid"), ProcessHandle.current().pid() + "\n");

        assertThat(run(Map.of(), "status", "--home", home.toString()).code()).isEqualTo(3);
        assertThat(start().code()).isZero();
    }

    @Test
    void stopShouldEndTheServerCleanlyAndSaySo() throws Exception {
        start();
        String pid = Files.readString(home.resolve("run/postrider.pid")).strip();

        Result result = stop();

        assertThat(result).isEqualTo(new Result(0, "Postrider (process " + pid + ") has stopped\n"));
        assertThat(home.resolve("stopped.txt")).hasContent("cleanly");
        assertThat(ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(stop()).isEqualTo(new Result(0, "Postrider does not run on " + home + "\n"));
    }

    @Test
    void statusShouldTellRunningUnhealthyAndStoppedApart() throws Exception {
        assertThat(run(Map.of(), "status", "--home", home.toString()).code()).isEqualTo(3);
        start();
        assertThat(run(Map.of(), "status", "--home", home.toString()).code()).isZero();
        Map<String, String> elsewhere = Map.of("POSTRIDER_ADMIN_PORT", Integer.toString(freePort()));
        Result unhealthy = run(elsewhere, "status", "--home", home.toString());

        assertThat(unhealthy.code()).isEqualTo(1);
        assertThat(unhealthy.output()).contains("not healthy");
    }

    @Test
    void inTheForegroundTheServerShouldReplaceTheScriptAndGetItsSignals() throws Exception {
        Process process = builder(Map.of(), "run", "--home", home.toString())
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        foreground.add(process);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(directory.resolve("output")).content().contains("Postrider is ready"));

        assertThat(home.resolve("run/postrider.pid")).content().isEqualTo(process.pid() + "\n");
        assertThat(Files.readAllLines(home.resolve("seen.txt")))
                .contains("WARN")
                .endsWith(Long.toString(process.pid()));
        process.destroy();

        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(home.resolve("stopped.txt")).hasContent("cleanly");
    }

    @Test
    void withoutAJdkTheErrorShouldSayHowToInstallOne() throws Exception {
        Result result = run(bareEnvironment(), "run", "--home", home.toString());

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.output())
                .contains("postrider: no JDK 17 or newer in JAVA_HOME or on the PATH. Install one:", "jdk");
        assertThat(home.resolve("run/postrider.pid")).doesNotExist();
    }

    @Test
    void anOldJavaAndAJavaWithoutCompilerShouldBeNamed() throws Exception {
        Map<String, String> environment = bareEnvironment();
        Path old = fakeJava("old/bin/java", "11");
        fakeJava("tools/java", "21");

        Result result = run(
                Map.of(
                        "PATH",
                        environment.get("PATH"),
                        "JAVA_HOME",
                        old.getParent().getParent().toString()),
                "run",
                "--home",
                home.toString());

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.output()).contains(old + " is Java 11.", "java is Java 21 without its compiler (a JRE).");
    }

    @Test
    void withoutMavenTheErrorShouldSayHowToInstallIt() throws Exception {
        Result result = run(
                Map.of("PATH", bareEnvironment().get("PATH"), "JAVA_HOME", System.getProperty("java.home")),
                "run",
                "--home",
                home.toString());

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.output()).contains("postrider: no Maven in MAVEN_HOME or on the PATH", "maven");
    }

    @Test
    void aBuiltTreeShouldStartWithoutMaven() throws Exception {
        start();
        stop();

        Result result = run(
                Map.of("PATH", bareEnvironment().get("PATH"), "JAVA_HOME", System.getProperty("java.home")),
                "run",
                "--detach",
                "--home",
                home.toString());

        assertThat(result.code()).as(result.output()).isZero();
    }

    @Test
    void versionShouldBeThatOfTheSources() throws Exception {
        assertThat(run(Map.of(), "version")).isEqualTo(new Result(0, "postrider 1.2.3\n"));
    }

    @Test
    void whatIsUnknownShouldBeRefused() throws Exception {
        assertThat(run(Map.of(), "start").output()).contains("unknown command 'start'");
        assertThat(run(Map.of(), "run", "--fast").output()).contains("unknown argument '--fast'");
        assertThat(run(Map.of(), "run", "--home").output()).contains("--home needs a directory");
        assertThat(run(Map.of(), "stop", "--detach").output()).contains("--detach goes with run");
        assertThat(run(Map.of(), "start").code()).isEqualTo(1);
        assertThat(run(Map.of(), "help").code()).isZero();
    }

    /** What the server of the last start was given. */
    private List<String> flags() throws IOException {
        return Files.readAllLines(home.resolve("flags.txt"));
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(clone.resolve("server/target/postrider/archive"))) {
            return files.filter(file -> file.toString().endsWith(".jsa")).toList();
        }
    }

    private void awaitArchive() {
        Path pid = clone.resolve("server/target/postrider/archive/pid");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(pid).doesNotExist());
    }

    private Result start() throws Exception {
        return run(Map.of(), "run", "--detach", "--home", home.toString());
    }

    private Result stop() throws Exception {
        return run(Map.of(), "stop", "--home", home.toString());
    }

    private Result run(Map<String, String> environment, String... arguments) throws Exception {
        Process process = builder(environment, arguments).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), output);
    }

    private ProcessBuilder builder(Map<String, String> environment, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(clone.resolve("postrider").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("POSTRIDER_") || name.equals("MAVEN_HOME"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("POSTRIDER_ADMIN_PORT", Integer.toString(port));
        builder.environment().put("STAND_IN_PORT", Integer.toString(port));
        builder.environment().put("TRAININGS", directory.resolve("trainings").toString());
        builder.environment().putAll(environment);
        return builder;
    }

    /** A PATH with the usual tools and neither Java nor Maven. */
    private Map<String, String> bareEnvironment() throws IOException {
        Path tools = Files.createDirectories(directory.resolve("tools"));
        for (String tool : TOOLS) {
            Path link = tools.resolve(tool);
            if (!Files.exists(link)) {
                Files.createSymbolicLink(link, whereIs(tool));
            }
        }
        return Map.of("PATH", tools.toString(), "JAVA_HOME", "");
    }

    private static Path whereIs(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(path -> Path.of(path, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("not on the PATH: " + tool));
    }

    private Path fakeJava(String name, String version) throws IOException {
        return executable(
                directory.resolve(name),
                "#!/usr/bin/env bash",
                "echo '    java.home = /nowhere' >&2",
                "echo '    java.specification.version = " + version + "' >&2");
    }

    private static Path executable(Path file, String... lines) throws IOException {
        write(file, String.join("\n", lines) + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    /** So that what a test touches afterwards is newer than a build, whatever the resolution of the file system. */
    private static void makeOlder(Path tree) throws IOException {
        FileTime before = FileTime.from(Instant.now().minusSeconds(60));
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.filter(path -> !path.endsWith("built")).toList()) {
                Files.setLastModifiedTime(path, before);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
