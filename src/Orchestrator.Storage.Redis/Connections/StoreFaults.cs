using Sending = StackExchange.Redis.CommandStatus;

namespace Orchestrator.Storage.Redis.Connections;

/// <summary>What a fault of Redis means. The one place that judges an error of the server.</summary>
internal static class StoreFaults
{
    /// <summary>
    /// Nothing was done, and soon it may be: the command did not leave, or the server refused it before its first write. A script is refused as a whole then:
    /// https://redis.io/docs/latest/develop/programmability/lua-api/#script-flags
    /// </summary>
    public static bool IsRefused(Exception fault) => fault switch
    {
        RedisServerException { Kind: var kind } => kind
            is RedisErrorKind.NoScript or RedisErrorKind.Moved or RedisErrorKind.Ask or RedisErrorKind.TryAgain or RedisErrorKind.ClusterDown or RedisErrorKind.UnknownRedirectTarget
            or RedisErrorKind.Loading or RedisErrorKind.ReadOnly or RedisErrorKind.MasterDown or RedisErrorKind.NoReplicas or RedisErrorKind.Busy or RedisErrorKind.MaxClients
            or RedisErrorKind.OutOfMemory or RedisErrorKind.Misconfigured,
        RedisConnectionException { CommandStatus: var status } => status is Sending.WaitingToBeSent or Sending.WaitingInBacklog,
        RedisTimeoutException { Commandstatus: var status } => status is Sending.WaitingToBeSent or Sending.WaitingInBacklog,
        _ => false,
    };

    /// <summary>The command may have been done; its answer did not come.</summary>
    public static bool IsLost(Exception fault) => fault is RedisConnectionException or RedisTimeoutException && !IsRefused(fault);

    /// <summary>Whether the fault is one of Redis, of the client of it, or of the way to it. Every error of a server is.</summary>
    public static bool IsUnavailable(Exception fault) => fault is RedisException or RedisTimeoutException or RedisCommandException;

    /// <summary>The fault as the port reports it, without what may be secret.</summary>
    public static StoreUnavailableException ToUnavailable(Exception fault) => fault switch
    {
        RedisServerException { Kind: RedisErrorKind.NoPermission or RedisErrorKind.NotPermitted } denied => new StoreUnavailableException(
            $"Redis denies the user of the orchestrator a right that it needs: {RightOf(denied)} Grant it with ACL SETUSER.", fault)
        {
            IsTransient = false,
        },
        RedisServerException { Kind: var kind } when IsMistake(kind) =>
            new StoreUnavailableException($"Redis refused a call of the orchestrator as wrong ({kind}).", fault) { IsTransient = false },
        RedisServerException { Kind: var kind } => new StoreUnavailableException($"Redis refused to work ({kind}).", fault),
        _ => new StoreUnavailableException("Redis did not answer.", fault),
    };

    // ERR is what a script that fails answers, and a command that the server does not know or not so.
    private static bool IsMistake(RedisErrorKind kind) => kind
        is RedisErrorKind.WrongType or RedisErrorKind.CrossSlot or RedisErrorKind.UnknownCommand or RedisErrorKind.UnknownError or RedisErrorKind.ExecAbort;

    /// <summary>What the server says of the right: the command, the key or the channel; without the script in which it was missed.</summary>
    private static string RightOf(RedisServerException denied)
    {
        var text = denied.Message.Split(" script: ", 2)[0].Trim().TrimEnd(',', '.');
        return text + ".";
    }
}
