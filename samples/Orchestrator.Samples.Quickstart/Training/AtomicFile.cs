namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>Replaces a file so that a reader, or a process after a crash, finds the old content or the new, never a part.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes beside <paramref name="path"/>, forces the bytes to the disk and renames over it. When <paramref name="write"/> throws,
    /// the file at <paramref name="path"/> is what it was; what a torn write leaves beside it is overwritten by the next.
    /// </summary>
    /// <param name="path">The file to replace or create, with its folder.</param>
    /// <param name="write">Writes the new content.</param>
    public static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        var temporary = target + ".tmp";
        if (Path.GetDirectoryName(target) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            write(stream);

            // A rename can reach the disk before the bytes it points to.
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, target, overwrite: true);
    }
}
