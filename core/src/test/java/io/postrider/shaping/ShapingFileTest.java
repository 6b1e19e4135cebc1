package io.postrider.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.shaping.ShapingRule.Domains;
import io.postrider.shaping.ShapingRule.MailServers;
import io.postrider.shaping.ShapingRule.TheRest;
import io.postrider.shaping.ShapingRule.ThroughRelay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapingFileTest {
    private final List<String> problems = new ArrayList<>();

    private ShapingRules read(String... lines) {
        return ShapingFile.read("shaping.properties", List.of(lines), problems);
    }

    @Test
    void readShouldKnowEachProperty() {
        ShapingRules rules = read(
                "# a comment",
                "",
                "shaping.big.mx = Big.example, mail.other.example",
                "shaping.big.maxConnections=5",
                "shaping.big.messagesPerConnection=20",
                "shaping.big.maxRecipients=50",
                "shaping.big.rate=300/m",
                "shaping.big.example=421 4.7.0 too fast = slow down",
                "shaping.big.source=https://example.com/limits#5");

        assertThat(problems).isEmpty();
        ShapingRule rule = rules.all().get(0);
        assertThat(rule.whom()).isEqualTo(new MailServers(List.of("big.example", "mail.other.example")));
        assertThat(rule.limits().maxConnections()).isEqualTo(OptionalInt.of(5));
        assertThat(rule.limits().messagesPerConnection()).isEqualTo(OptionalInt.of(20));
        assertThat(rule.limits().maxRecipients()).isEqualTo(OptionalInt.of(50));
        assertThat(rule.limits().rate()).contains(new Rate(300, Duration.ofMinutes(1)));
        assertThat(rule.example()).isEqualTo("421 4.7.0 too fast = slow down");
        assertThat(rule.source()).isEqualTo("https://example.com/limits#5");
        assertThat(rule).hasToString("shaping.big");
    }

    @Test
    void readShouldTellWhomARuleIsAbout() {
        ShapingRules rules = read(
                "shaping.a.domains=one.test, two.test",
                "shaping.a.rate=1/s",
                "shaping.a.example=x",
                "shaping.a.source=y",
                "shaping.b.relay=ses",
                "shaping.b.rate=14/s",
                "shaping.b.example=x",
                "shaping.b.source=y",
                "shaping.default.rate=10/s",
                "shaping.default.example=x",
                "shaping.default.source=y");

        assertThat(problems).isEmpty();
        assertThat(rules.all())
                .extracting(ShapingRule::whom)
                .containsExactly(new Domains(Set.of("one.test", "two.test")), new ThroughRelay("ses"), new TheRest());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shaping.a.rate=10 | 'shaping.properties, line 1: shaping.a.rate: ''10'' (expected: 1 to 1000000 messages per s, m, h or d, as 300/m)'",
                "shaping.a.rate=0/s | 'shaping.properties, line 1: shaping.a.rate: ''0/s'' (expected: 1 to 1000000 messages per s, m, h or d, as 300/m)'",
                "shaping.a.rate=2000000/s | 'shaping.properties, line 1: shaping.a.rate: 2000000 per PT1S (expected: 1 to 1000000 messages per s, m, h or d, as 300/m)'",
                "shaping.a.maxConnections=many | 'shaping.properties, line 1: shaping.a.maxConnections: ''many'' (expected: 1 to 1000)'",
                "shaping.a.maxConnections=1001 | 'shaping.properties, line 1: shaping.a.maxConnections: ''1001'' (expected: 1 to 1000)'",
                "shaping.a.colour=red | 'shaping.properties, line 1: unknown property ''colour'' (expected one of: domains, mx, relay, maxConnections, messagesPerConnection, maxRecipients, rate, example, source)'",
                "gmail 5 | 'shaping.properties, line 1: ''gmail 5'' (expected: shaping.RULE.PROPERTY=value)'",
                "shaping.a.mx=*.example.com | 'shaping.properties, line 1: mx: ''*.example.com'' (expected: a domain name such as example.com)'",
                "shaping.a.rate=1/s | 'shaping.properties, line 1: shaping.a has none of domains, mx and relay (expected: one of domains, mx and relay)'",
                "shaping.a.rate=1/s | 'shaping.properties, line 1: shaping.a has no example (expected: a reply that shows the limit)'",
                "shaping.a.rate=1/s | 'shaping.properties, line 1: shaping.a has no source (expected: where the limit is written, or who has measured it)'",
                "shaping.default.mx=a.test | 'shaping.properties, line 1: shaping.default has mx (expected: none, as it is for the rest)'",
            })
    void readShouldTellWhatIsWrongAndWhere(String line, String problem) {
        read(line);

        assertThat(problems).contains(problem);
    }

    @Test
    void readShouldRefuseWhatStandsTwice() {
        read("shaping.a.rate=1/s", "shaping.a.rate=2/s");

        assertThat(problems)
                .contains("shaping.properties, line 2: shaping.a.rate stands in line 1, too (expected: once)");
    }

    @Test
    void readShouldRefuseTwoRulesAboutTheSame() {
        read(
                "shaping.a.mx=one.test",
                "shaping.a.rate=1/s",
                "shaping.a.example=x",
                "shaping.a.source=y",
                "shaping.b.mx=one.test",
                "shaping.b.rate=1/s",
                "shaping.b.example=x",
                "shaping.b.source=y");

        assertThat(problems)
                .containsExactly(
                        "shaping.properties: shaping.b: 'one.test' is in shaping.a, too (expected: in one rule only)");
    }

    @Test
    void readShouldRefuseARuleThatLimitsNothingAndMoreThanARateForARelay() {
        read("shaping.a.mx=one.test", "shaping.a.example=x", "shaping.a.source=y");
        read("shaping.b.relay=ses", "shaping.b.maxConnections=5", "shaping.b.example=x", "shaping.b.source=y");

        assertThat(problems)
                .containsExactly(
                        "shaping.properties, line 1: shaping.a limits nothing (expected: rate, maxConnections, messagesPerConnection or maxRecipients)",
                        "shaping.properties, line 1: shaping.b is for a relay (expected: only a rate; PUT /relays sets its connections)");
    }

    @Test
    void theRuleOfTheLongestSuffixShouldHoldAndElseTheDefault() {
        ShapingRules rules = read(
                "shaping.google.mx=google.com",
                "shaping.google.rate=1/s",
                "shaping.google.example=x",
                "shaping.google.source=y",
                "shaping.gmail.mx=gmail-smtp-in.l.google.com",
                "shaping.gmail.rate=1/s",
                "shaping.gmail.example=x",
                "shaping.gmail.source=y",
                "shaping.default.rate=1/s",
                "shaping.default.example=x",
                "shaping.default.source=y");

        assertThat(problems).isEmpty();
        assertThat(nameFor(rules, "gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"))
                .isEqualTo("gmail");
        assertThat(nameFor(rules, "aspmx.l.google.com")).isEqualTo("google");
        assertThat(nameFor(rules, "aspmx.l.google.com", "mx.example.com")).isEqualTo("default");
        assertThat(nameFor(rules, "notgoogle.com")).isEqualTo("default");
        assertThat(nameFor(rules, "localhost")).isEqualTo("default");
    }

    private static String nameFor(ShapingRules rules, String... mailServers) {
        return rules.forSite(List.of(mailServers)).orElseThrow().name();
    }
}
