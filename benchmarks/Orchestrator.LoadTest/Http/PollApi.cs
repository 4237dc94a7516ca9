using System.Text;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Http;

/// <summary>How a host lets a request wait, and how what it waits for is sent.</summary>
internal abstract class PollApi
{
    /// <summary>The orchestrator's: long polls for commands.</summary>
    public static readonly PollApi Commands = new CommandApi();

    /// <summary>Bare endpoints: one that waits, and one that releases it.</summary>
    public static readonly PollApi Bare = new BareApi();

    /// <summary>The request that waits.</summary>
    public abstract byte[] Poll(int run);

    /// <summary>The request that is accepted with 202 and lets the poll be answered.</summary>
    public abstract byte[] Send(int run, int number);

    /// <summary>The request that tells that the answer to the poll was applied; <see langword="null"/> where there is none.</summary>
    public abstract byte[]? Acknowledge(int run, ReadOnlySpan<byte> answer);

    private sealed class CommandApi : PollApi
    {
        public override byte[] Poll(int run) => Requests.Get($"{PathOf(run)}/next?wait=60");

        public override byte[] Send(int run, int number) => Requests.Post(
            PathOf(run), $$"""{"id":"c-{{number}}","type":"tune","payload":{"learning_rate":0.1},"actor":{"type":"operator","id":"load"} }""");

        public override byte[] Acknowledge(int run, ReadOnlySpan<byte> answer)
        {
            var start = "{\"id\":\""u8;
            if (!answer.StartsWith(start))
            {
                throw new InvalidDataException("A poll was answered with something else than a command.");
            }

            var id = answer[start.Length..];
            return Requests.Post($"{PathOf(run)}/{Encoding.UTF8.GetString(id[..id.IndexOf((byte)'"')])}/ack", "{}");
        }

        private static string PathOf(int run) => $"{Requests.Prefix}/runs/{Runs.IdOf(run)}/commands";
    }

    private sealed class BareApi : PollApi
    {
        public override byte[] Poll(int run) => Requests.Get($"/park/{Runs.IdOf(run)}");

        public override byte[] Send(int run, int number) => Requests.Post($"/release/{Runs.IdOf(run)}", "{}");

        public override byte[]? Acknowledge(int run, ReadOnlySpan<byte> answer) => null;
    }
}
