package io.postrider.testkit.smtp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;

/**
 * What a peer does at each stage. It begins as a peer without fault that offers what it is given as capabilities; what is said on top
 * takes the place of its answer. A script belongs to one peer: it counts how often each stage was reached.
 */
public final class PeerScript {
    private final List<Rule> rules = new ArrayList<>();
    private final List<String> capabilities;
    private Optional<SSLContext> tls = Optional.empty();
    private boolean implicitTls;
    private Optional<Credentials> credentials = Optional.empty();

    /** Who may send. */
    record Credentials(String username, String password) {}

    /** At a stage, for commands that start so, the acts one after the other; then again the peer without fault, or the last act for ever. */
    private static final class Rule {
        private final Stage stage;
        private final String prefix;
        private final List<Act> acts;
        private final boolean forEver;
        private int played;

        Rule(Stage stage, String prefix, List<Act> acts, boolean forEver) {
            this.stage = stage;
            this.prefix = prefix;
            this.acts = acts;
            this.forEver = forEver;
        }

        Optional<Act> next(Stage reached, String line) {
            if (reached != stage || !line.startsWith(prefix) || !forEver && played >= acts.size()) {
                return Optional.empty();
            }
            return Optional.of(acts.get(Math.min(played++, acts.size() - 1)));
        }
    }

    private PeerScript(List<String> capabilities) {
        this.capabilities = List.copyOf(capabilities);
    }

    /** A peer that takes all mail and offers these, such as {@code "SIZE 1000"}. */
    public static PeerScript offering(String... capabilities) {
        return new PeerScript(Arrays.asList(capabilities));
    }

    public static PeerScript thatCutsBeforeTheBanner() {
        return offering().always(Stage.BANNER, Act.cut());
    }

    public static PeerScript thatGreetsWith(String banner) {
        return offering().always(Stage.BANNER, Act.reply(banner));
    }

    public static PeerScript thatSendsAWholeSessionBehindTheBanner() {
        return offering("PIPELINING")
                .always(
                        Stage.BANNER,
                        Act.raw("220 ready\r\n250 hello\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n"));
    }

    public static PeerScript thatKnowsOnlyHelo() {
        return offering().always(Stage.EHLO, Act.reply("500 what is that"));
    }

    public static PeerScript thatSendsA250BehindThe354() {
        return offering("PIPELINING").always(Stage.DATA, Act.raw("354 go\r\n250 taken\r\n"));
    }

    public static PeerScript thatCutsInTheMessageAfter(int bytes) {
        return offering("PIPELINING").always(Stage.IN_DATA, Act.cutAfterBytes(bytes));
    }

    public static PeerScript thatCutsAfterTheDot() {
        return offering("PIPELINING").always(Stage.DOT, Act.cut());
    }

    public static PeerScript thatStallsAfterTheDot() {
        return offering("PIPELINING").always(Stage.DOT, Act.stall());
    }

    public static PeerScript thatAnswersTheDotWith(String reply) {
        return offering("PIPELINING").always(Stage.DOT, Act.reply(reply));
    }

    /** Takes the first recipient, answers this to the second one, and takes all after that. */
    public static PeerScript thatTakesOneRecipientThenSays(String reply) {
        return offering("PIPELINING").at(Stage.RCPT, Act.reply("250 ok"), Act.reply(reply));
    }

    public static PeerScript thatInjectsBehindStartTls(SSLContext tls) {
        return offering().withTls(tls).always(Stage.STARTTLS, Act.raw("220 go\r\n250 injected\r\n"));
    }

    public static PeerScript thatTalksNonsenseInsteadOfTls(SSLContext tls) {
        return offering()
                .withTls(tls)
                .always(
                        Stage.STARTTLS,
                        Act.reply("220 go").then(Act.skipBytes(10)).then(Act.raw("this is no TLS at all\r\n")));
    }

    public static PeerScript thatCutsInTheHandshake(SSLContext tls) {
        return offering()
                .withTls(tls)
                .always(Stage.STARTTLS, Act.reply("220 go").then(Act.cutAfterBytes(10)));
    }

    public static PeerScript thatAnswersStartTlsWith(SSLContext tls, String reply) {
        return offering().withTls(tls).always(Stage.STARTTLS, Act.reply(reply));
    }

    public static PeerScript thatTakesTheMessageOnlyAfter(CountDownLatch latch) {
        return offering("PIPELINING").always(Stage.DOT, Act.after(latch, Act.reply("250 taken")));
    }

    /** The same, where the latch may be shut for that long. */
    public static PeerScript thatTakesTheMessageOnlyAfter(CountDownLatch latch, Duration atMost) {
        return offering("PIPELINING").always(Stage.DOT, Act.after(latch, atMost, Act.reply("250 taken")));
    }

    /** The acts, one each time that the stage is reached; then again as before. */
    public PeerScript at(Stage stage, Act... acts) {
        rules.add(new Rule(stage, "", List.of(acts), false));
        return this;
    }

    /** The same act each time that the stage is reached. */
    public PeerScript always(Stage stage, Act act) {
        rules.add(new Rule(stage, "", List.of(act), true));
        return this;
    }

    /** The acts, one each time that a command starts so, as {@code "RCPT TO:<bob@"}; the last one for ever. */
    public PeerScript when(String prefix, Act... acts) {
        rules.add(new Rule(Stage.of(prefix), prefix, List.of(acts), true));
        return this;
    }

    /** Offers STARTTLS and does it. */
    public PeerScript withTls(SSLContext context) {
        tls = Optional.of(context);
        return this;
    }

    /** Does TLS from the first byte. */
    public PeerScript withImplicitTls(SSLContext context) {
        tls = Optional.of(context);
        implicitTls = true;
        return this;
    }

    /** Demands AUTH PLAIN or LOGIN before MAIL; what it offers of them is up to the capabilities. */
    public PeerScript withLogin(String username, String password) {
        credentials = Optional.of(new Credentials(username, password));
        return this;
    }

    synchronized Optional<Act> actFor(Stage stage, String line) {
        for (Rule rule : rules) {
            Optional<Act> act = rule.next(stage, line);
            if (act.isPresent()) {
                return act;
            }
        }
        return Optional.empty();
    }

    List<String> capabilities() {
        return capabilities;
    }

    Optional<SSLContext> tls() {
        return tls;
    }

    boolean isImplicitTls() {
        return implicitTls;
    }

    Optional<Credentials> credentials() {
        return credentials;
    }
}
