namespace Orchestrator.Samples.Quickstart.Hosting;

/// <summary>Where checkpoints are: a directory that was asked for, which stays, or a temporary one, which goes.</summary>
public sealed class CheckpointFolder : IDisposable
{
    private readonly DirectoryInfo _directory;

    private CheckpointFolder(DirectoryInfo directory, bool isTemporary) => (_directory, IsTemporary) = (directory, isTemporary);

    /// <summary>Whether it is deleted at the end.</summary>
    public bool IsTemporary { get; }

    /// <summary>The checkpoint.</summary>
    public string File => Path.Combine(_directory.FullName, "iris.checkpoint.json");

    /// <summary>Opens the directory, creating it where it does not exist.</summary>
    public static CheckpointFolder Open(string? path) => path is null
        ? new CheckpointFolder(Directory.CreateTempSubdirectory("orchestrator-quickstart-"), isTemporary: true)
        : new CheckpointFolder(Directory.CreateDirectory(path), isTemporary: false);

    public void Dispose()
    {
        if (IsTemporary)
        {
            _directory.Delete(recursive: true);
        }
    }
}
