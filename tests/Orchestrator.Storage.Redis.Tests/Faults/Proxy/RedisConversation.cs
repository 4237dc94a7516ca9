using System.Collections.Concurrent;
using System.Text;
using Orchestrator.Storage.Faults.Proxy;

namespace Orchestrator.Storage.Redis.Tests.Faults.Proxy;

/// <summary>A connection of Redis, whose answers come in the order of the commands.</summary>
/// <param name="isCut">Whether to cut the connection instead of passing the answer to this command.</param>
/// <param name="errorOf">The error that the client gets in place of the answer to this command; <see langword="null"/> for the answer.</param>
internal sealed class RedisConversation(Func<RedisCall, ValueTask<bool>> isCut, Func<RedisCall, string?>? errorOf = null) : IConversation
{
    private const byte Message = (byte)'>';
    private const byte Error = (byte)'-';

    private readonly ConcurrentQueue<RedisCall> _calls = new();
    private readonly List<byte> _heard = [];
    private readonly List<byte> _answered = [];
    private bool _isNewer;
    private volatile bool _isOfMessages;

    public void Hear(ReadOnlySpan<byte> said)
    {
        _heard.AddRange(said);
        foreach (var command in TakeWhole(_heard))
        {
            var call = new RedisCall(RespReader.ReadCommand(command));
            _isNewer |= call.IsOfNewerProtocol;
            if (!call.IsSubscription)
            {
                _calls.Enqueue(call);
            }
            else if (!_isNewer)
            {
                _isOfMessages = true;
            }
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>?> AnswerAsync(ReadOnlyMemory<byte> said)
    {
        if (_isOfMessages)
        {
            byte[] rest = [.. _answered, .. said.Span];
            _answered.Clear();
            return rest;
        }

        _answered.AddRange(said.Span);
        var passing = new List<byte>();
        foreach (var answer in TakeWhole(_answered))
        {
            if (answer[0] != Message && _calls.TryDequeue(out var call))
            {
                call.IsError = answer[0] == Error;
                if (await isCut(call))
                {
                    return null;
                }

                if (errorOf?.Invoke(call) is { } error)
                {
                    passing.AddRange(Encoding.ASCII.GetBytes($"-{error}\r\n"));
                    continue;
                }
            }

            passing.AddRange(answer);
        }

        return passing.ToArray();
    }

    private static List<byte[]> TakeWhole(List<byte> bytes)
    {
        var values = new List<byte[]>();
        var all = bytes.ToArray();
        var at = 0;
        while (RespReader.LengthOfFirst(all.AsSpan(at)) is > 0 and var length)
        {
            values.Add(all[at..(at + length)]);
            at += length;
        }

        bytes.RemoveRange(0, at);
        return values;
    }
}
