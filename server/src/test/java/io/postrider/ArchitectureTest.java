package io.postrider;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.google.inject.Inject;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.postrider.server.Main;
import io.postrider.server.smtp.PromptHook;
import java.time.Clock;
import java.time.Instant;
import org.apache.james.protocols.smtp.hook.MailHook;
import org.apache.james.protocols.smtp.hook.MailParametersHook;

/** What may know what, in all modules together. */
@AnalyzeClasses(packages = "io.postrider", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /** Not {@code file}: how secrets are written is the same for all that security rests on. */
    private static final String ADAPTERS = "(mailet|matcher|webadmin|sql|cassandra|opensearch|smtp|tink|bouncycastle)";

    @ArchTest
    static final ArchRule adapters_meet_only_in_the_server =
            slices().matching("io.postrider.*." + ADAPTERS + "..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule the_core_knows_the_jdk_and_itself = classes()
            .that(areIn("core"))
            .should()
            .onlyDependOnClassesThat(areIn("core")
                    .or(JavaClass.Predicates.resideInAnyPackage("java..", "javax.crypto..", "org.jspecify..")));

    @ArchTest
    static final ArchRule capabilities_do_not_go_round_in_circles =
            slices().matching("io.postrider.(*)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule only_the_server_sees_a_store = noClasses()
            .that()
            .resideOutsideOfPackages("io.postrider.server..", "io.postrider..sql..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.postrider..sql..", "java.sql..", "javax.sql..", "org.sqlite..");

    @ArchTest
    static final ArchRule steps_and_routes_see_no_queue_and_no_delivery = noClasses()
            .that()
            .resideInAnyPackage("io.postrider..mailet..", "io.postrider..matcher..", "io.postrider..webadmin..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.postrider.queue..",
                    "io.postrider.delivery.smtp..",
                    "io.postrider.simulator.smtp..",
                    "io.postrider.server..",
                    "org.apache.activemq..",
                    "io.netty..");

    @ArchTest
    static final ArchRule only_the_queue_sees_the_broker = noClasses()
            .that()
            .resideOutsideOfPackage("io.postrider.queue..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.activemq..", "javax.jms..");

    @ArchTest
    static final ArchRule nothing_is_logged_by_the_logging_of_the_jdk = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule only_the_main_class_writes_to_the_console =
            noClasses().that().areNotAssignableTo(Main.class).should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule nothing_is_injected_into_fields = noFields()
            .that()
            // Made before there is an injector, which fills it.
            .areNotDeclaredIn("io.postrider.server.Intake$Parts")
            .should()
            .beAnnotatedWith(Inject.class)
            .orShould()
            .beAnnotatedWith(javax.inject.Inject.class);

    /** One that does not say so has each MAIL of the port change threads twice. */
    @ArchTest
    static final ArchRule hooks_of_mail_say_whether_they_may_wait = classes()
            .that()
            .implement(MailHook.class)
            .or()
            .implement(MailParametersHook.class)
            .should()
            .implement(PromptHook.class);

    @ArchTest
    static final ArchRule the_time_comes_from_outside = noClasses()
            .that(areIn("core", "queue", "delivery", "james-bridge", "mailets", "matchers", "webadmin-extensions"))
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Clock.class, "systemUTC");

    /** Classes of modules, by where they were loaded from: a module is a directory while it is built, and a jar behind that. */
    private static DescribedPredicate<JavaClass> areIn(String... modules) {
        return DescribedPredicate.describe("are in " + String.join(" or ", modules), type -> {
            String from = type.getBaseComponentType()
                    .getSource()
                    .map(source -> source.getUri().toString())
                    .orElse("");
            for (String module : modules) {
                if (from.contains("/" + module + "/target/classes/") || from.contains("/postrider-" + module + "-")) {
                    return true;
                }
            }
            return false;
        });
    }
}
