using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Operator;

/// <summary>Looks again and again until something has come about, but not forever.</summary>
public static class Patience
{
    /// <summary>How long to wait at most.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until what is read is as wanted.</summary>
    /// <param name="read">Reads a run or a command.</param>
    /// <param name="isDone">Whether it is as wanted.</param>
    /// <param name="what">What is waited for, to end the sentence "The worker did not".</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UnexpectedException">It did not come about.</exception>
    public static async Task<JsonNode> WaitForAsync(
        Func<Task<JsonNode>> read, Func<JsonNode, bool> isDone, string what, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await read();
            if (isDone(seen))
            {
                return seen;
            }

            if (TimeProvider.System.GetElapsedTime(began) > Limit)
            {
                throw new UnexpectedException($"The worker did not {what} within {Limit.TotalSeconds} s: {seen.ToJsonString()}");
            }

            await Task.Delay(LookAgain, cancellationToken);
        }
    }
}
