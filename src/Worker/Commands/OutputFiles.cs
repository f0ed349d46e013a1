using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker.Commands;

/// <summary>Output files and folders named by an option.</summary>
internal static class OutputFiles
{
    /// <summary>Checks, before any work, that a file can be written; creates its folder.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Require(string option, string file) => Write(option, file, full =>
    {
        Directory.CreateDirectory(Path.GetDirectoryName(full) ?? full);
        DurableFiles.RequireWritable(full);
    });

    /// <summary>Writes a file.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="file">The file.</param>
    /// <param name="write">Called with its full path.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string option, string file, Action<string> write)
    {
        string full = Path.GetFullPath(file);
        if (Directory.Exists(full))
        {
            throw new InputException(new InputProblem(option, 0, "", $"the folder {full}", "a file name"));
        }

        Guard(option, full, "a writable file, on a disk with free space", write);
    }

    /// <summary>Checks, before any work, that files can be written to a folder; creates it.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void RequireFolder(string option, string folder) => WriteFolder(option, folder, full =>
    {
        Directory.CreateDirectory(full);
        DurableFiles.RequireWritable(Path.Combine(full, "page"));
    });

    /// <summary>Writes files to a folder.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="write">Called with its full path.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void WriteFolder(string option, string folder, Action<string> write)
    {
        string full = Path.GetFullPath(folder);
        if (File.Exists(full))
        {
            throw new InputException(new InputProblem(option, 0, "", $"the file {full}", "the name of a folder"));
        }

        Guard(option, full, "a writable folder, on a disk with free space", write);
    }

    private static void Guard(string option, string full, string expected, Action<string> write)
    {
        try
        {
            write(full);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException(new InputProblem(
                option,
                0,
                "",
                $"{full}, which cannot be written ({failure.Message.TrimEnd('.')})",
                expected));
        }
    }
}
