namespace RlCore.Trainers.Hub;

/// <summary>Observes the download of a model.</summary>
internal interface IHubObserver
{
    /// <summary>Part of a file was received.</summary>
    /// <param name="file">Name of the file in the repository.</param>
    /// <param name="done">Bytes on disk so far, including those of an earlier, interrupted download.</param>
    /// <param name="total">Size of the file in bytes.</param>
    void FileAdvanced(string file, long done, long total);

    /// <summary>Something happened that the user should know, but that does not end the download.</summary>
    /// <param name="message">One line.</param>
    void Noted(string message);
}
