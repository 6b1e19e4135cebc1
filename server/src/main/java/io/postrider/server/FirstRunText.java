package io.postrider.server;

import java.io.PrintStream;
import java.util.List;

/** What the first start tells, once. */
final class FirstRunText {
    private FirstRunText() {}

    static void print(PrintStream console, Home home, Node node, FirstRun.Made made, String adminToken) {
        String server = node.submissionAddress();
        List.of(
                        "",
                        "This is the first start on " + home.directory() + ".",
                        "  Admin API    " + node.adminUrl() + "  (Authorization: Bearer " + adminToken + ")",
                        "  Submission   " + server + "  (STARTTLS, user " + made.username() + ", password "
                                + made.password() + ")",
                        "  Inbound      " + node.inboundAddress() + "  (return paths only)",
                        "  Mail goes to the built-in simulator until you set up a relay and a route.",
                        "  All of this stands in " + home.secrets().resolve("first-run.json")
                                + "; it is not shown again.",
                        "",
                        "Send a first mail:",
                        "  swaks --server " + server + " --tls --auth PLAIN --auth-user " + made.username()
                                + " --auth-password " + made.password() + " --from hello@" + FirstRun.SENDER_DOMAIN
                                + " --to success@simulator.invalid --header 'Subject: The first mail'",
                        "and see what became of it, by the id that the last reply names:",
                        "  curl -H 'Authorization: Bearer " + adminToken + "' " + node.adminUrl() + "/messages/ID",
                        "")
                .forEach(console::println);
    }
}
