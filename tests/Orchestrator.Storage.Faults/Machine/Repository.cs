namespace Orchestrator.Storage.Faults.Machine;

/// <summary>The files of the repository that the tests were built in.</summary>
internal static class Repository
{
    public static string Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var found = Path.Combine(folder.FullName, path);
            if (File.Exists(found))
            {
                return found;
            }
        }

        throw new FileNotFoundException($"{path} is not in a folder above {AppContext.BaseDirectory}");
    }
}
