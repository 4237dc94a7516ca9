using System.Text.RegularExpressions;
using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.InProcess;

public sealed partial class ConsoleTests
{
    [Fact]
    public async Task The_engine_in_a_console_application_pauses_resumes_and_ends_a_run()
    {
        await using var console = SampleProcess.Start("Orchestrator.Samples.Console");

        var (exitCode, output, errors) = await console.EndAsync();

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(
            ["(none)>queued", "queued>provisioning", "provisioning>running", "running>paused", "paused>running", "running>terminating", "terminating>terminated"],
            Transition().Matches(output).Select(match => $"{match.Groups["from"]}>{match.Groups["to"]}"));
        Assert.Equal(
            ["run.create", "run.claim", "command.pause", "command.ack", "command.resume", "command.ack", "command.terminate", "command.ack", "run.transition"],
            Entry().Matches(output).Select(match => match.Groups["action"].Value));
        Assert.Contains("the audit chain is valid", output, StringComparison.Ordinal);
        var counted = Count().Match(output);
        Assert.Equal(Primes(1000 * int.Parse(counted.Groups["steps"].Value, null)), int.Parse(counted.Groups["primes"].Value, null));
    }

    /// <summary>How many primes there are below a number, by the sieve of Eratosthenes.</summary>
    private static int Primes(int below)
    {
        var isComposite = new bool[below];
        var count = 0;
        for (var number = 2; number < below; number++)
        {
            if (!isComposite[number])
            {
                count++;
                for (long multiple = (long)number * number; multiple < below; multiple += number)
                {
                    isComposite[multiple] = true;
                }
            }
        }

        return count;
    }

    [GeneratedRegex(@"^(?<from>\S+) +-> (?<to>\S+)", RegexOptions.Multiline)]
    private static partial Regex Transition();

    [GeneratedRegex(@"^\d+ (?<action>[a-z.]+) +by \w+ +[0-9a-f]{64}$", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^terminated with (?<primes>\d+) primes in (?<steps>\d+) steps", RegexOptions.Multiline)]
    private static partial Regex Count();
}
