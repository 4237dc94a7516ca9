using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Machine;

namespace Orchestrator.Storage.Postgres.Tests.Faults.Servers;

/// <summary>A cluster whose server the tests stop, kill and starve. It is always started again at the same port.</summary>
public sealed class PostgresCluster : IFaultServer, IAsyncLifetime
{
    private const string WithSmallSegments = "--wal-segsize=1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-faults.");
    private Process? _server;

    public int Port { get; } = Ports.Free();

    /// <summary>How to connect to it.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=orchestrator;Database=postgres;SSL Mode=Disable";

    /// <summary>The processes of the server, the one that starts the others first.</summary>
    private IEnumerable<int> Processes => _server is null ? [] : [_server.Id, .. ProcessTable.ChildrenOf(_server.Id)];

    public FaultSpace NewSpace() => new PostgresFaultSpace(this);

    public async ValueTask InitializeAsync()
    {
        using var create = Script("create", WithSmallSegments);
        await create.WaitForExitAsync().WaitAsync(Eventually.Patience);
        Assert.Equal(0, create.ExitCode);
        await StartAsync();
    }

    /// <summary>Starts the server, and waits until it has recovered.</summary>
    public async Task StartAsync()
    {
        await Eventually.HoldsAsync("the server answers", async () =>
        {
            if (_server is null or { HasExited: true })
            {
                _server?.Dispose();
                _server = Script("run", $"port={Port}", "max_connections=100");
            }

            return await AnswersAsync();
        });
    }

    /// <summary>Stops the server without a checkpoint, as <c>pg_ctl stop -m immediate</c> does: its clients are cut off, and it recovers when it starts.</summary>
    public async Task StopAtOnceAsync()
    {
        await ProcessTable.SignalAsync("QUIT", [_server!.Id]);
        await _server.WaitForExitAsync().WaitAsync(Eventually.Patience);
    }

    /// <summary>Kills every process of the server.</summary>
    public async Task KillAsync()
    {
        await ProcessTable.SignalAsync("KILL", Processes);
        await _server!.WaitForExitAsync().WaitAsync(Eventually.Patience);
    }

    /// <summary>Lets the server do nothing, with its connections open, until it is resumed.</summary>
    public Task SuspendAsync() => ProcessTable.SignalAsync("STOP", Processes);

    public Task ResumeAsync() => ProcessTable.SignalAsync("CONT", Processes);

    /// <summary>How large the largest of its files is.</summary>
    public long LargestFile() => _folder.EnumerateFiles("*", SearchOption.AllDirectories).Max(file => file.Length);

    /// <summary>
    /// No file can grow beyond so many bytes any more, or again as far as it will (<see langword="null"/>). Where that is amid a page, the server gets
    /// what a full disk gives it: fewer bytes written than it asked for, which it tells as SQLSTATE 53100. That needs no rights and no file system of its own.
    /// </summary>
    public async Task LimitFilesAsync(long? bytes)
    {
        var limit = bytes?.ToString(CultureInfo.InvariantCulture) ?? "unlimited";
        foreach (var id in Processes.ToList())
        {
            using var change = Script("limit", limit, id.ToString(CultureInfo.InvariantCulture));
            await change.WaitForExitAsync().WaitAsync(Eventually.Patience);
            // A server process that serves one connection may have ended meanwhile.
            Assert.True(change.ExitCode == 0 || !Processes.Contains(id), $"The limit of process {id} was not changed.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await StopAtOnceAsync();
        }

        _server?.Dispose();
        _folder.Delete(recursive: true);
    }

    private Process Script(string verb, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Repository.Find("eng/postgres.sh"), [verb, _folder.FullName, .. arguments]))!;

    private async ValueTask<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
