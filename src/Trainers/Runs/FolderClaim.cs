using System.Globalization;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Runs;

/// <summary>Which folder is a run's, while its process lives.</summary>
internal static class FolderClaim
{
    /// <summary>The file that a process holds in the folder of its run; it goes with the process, unless that is killed.</summary>
    public const string LockFile = ".lock";

    private const int MostTries = 10;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(20);

    /// <summary>The last folder of <c>NAME</c>, <c>NAME-2</c>, <c>NAME-3</c>, … that contains a run; <c>NAME</c> if none does.</summary>
    /// <param name="wanted">The preferred folder.</param>
    public static string ChooseLatest(string wanted) => Numbered(wanted).TakeWhile(HoldsAnything).LastOrDefault(wanted);

    /// <summary>Whether a path is a file, or a folder with anything but what a run leaves that was killed before it had begun.</summary>
    /// <param name="path">The path.</param>
    public static bool HoldsAnything(string path) =>
        File.Exists(path)
        || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Any(
            name => name != LockFile && !name.StartsWith(DurableFiles.TemporaryPrefix, StringComparison.Ordinal)));

    /// <summary>
    /// Takes the first folder of <c>NAME</c>, <c>NAME-2</c>, … that holds nothing. Of several runs that begin at once, one gets each: what
    /// counts is who holds the lock of a folder with nothing else in it.
    /// </summary>
    /// <param name="path">The preferred folder; then the one that was taken.</param>
    /// <returns>The lock.</returns>
    public static FileStream HoldFresh(ref string path)
    {
        foreach (string folder in Numbered(path).Where(folder => !HoldsAnything(folder)))
        {
            try
            {
                FileStream holder = Hold(folder);
                if (!HoldsAnything(folder))
                {
                    path = folder;
                    return holder;
                }

                holder.Dispose();
            }
            catch (InputException)
            {
                // Another process has just taken it.
            }
        }

        throw new InvalidOperationException("There is no end of numbers.");
    }

    /// <summary>Takes a folder, which is made if it is not there.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The lock.</returns>
    /// <exception cref="InputException">Another process has it.</exception>
    public static FileStream Hold(string path)
    {
        DurableFiles.CreateFolder(path);
        for (int tries = 1; ; tries++)
        {
            try
            {
                string file = Path.Combine(path, LockFile);
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (tries < MostTries)
            {
                // Whoever looks whether the folder is held has the file for a moment.
                Thread.Sleep(BetweenTries);
            }
            catch (IOException)
            {
                throw new InputException(new InputProblem(
                    path, 0, "", "a run that another process is writing", "a separate folder for each process"));
            }
        }
    }

    /// <summary>Whether a living process holds a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>Whether one does; null where that cannot be told, as locks may not reach whoever shares the folder.</returns>
    public static bool? IsHeld(string path)
    {
        string file = Path.Combine(path, LockFile);
        try
        {
            if (!File.Exists(file))
            {
                return false;
            }

            // Beside the one that holds it, nobody can open it so.
            using (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1))
            {
                bool reaches = OperatingSystem.IsWindows() || new DriveInfo(Path.GetFullPath(path)).DriveType != DriveType.Network;
                return reaches ? false : null;
            }
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Numbered(string wanted) =>
        Enumerable.Range(2, int.MaxValue - 2)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"{wanted}-{number}"))
            .Prepend(wanted);
}
