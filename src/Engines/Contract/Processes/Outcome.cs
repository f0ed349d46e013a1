using System.Text;

namespace RlCore.Engines;

/// <summary>How work has ended in one process, as bytes for the others.</summary>
internal static class Outcome
{
    private const byte Done = 0;
    private const byte Cancelled = 1;
    private const byte Failed = 2;

    private const string Agreed = "RlCore.Agreed";

    /// <summary>Whether all processes of a group know of an exception that ends one.</summary>
    public static bool IsAgreed(Exception failure) => failure is ProcessFailedException { IsAgreed: true } || failure.Data.Contains(Agreed);

    public static byte[] Of(byte[] result) => [Done, .. result];

    /// <summary>An exception, of which all processes are told.</summary>
    public static byte[] Of(Exception failure)
    {
        failure.Data[Agreed] = true;
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(failure is OperationCanceledException ? Cancelled : Failed);
        writer.Write(failure.GetType().Name);
        writer.Write(failure.Message);
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>The result, or an exception in place of the one that was thrown there.</summary>
    public static byte[] Read(byte[] outcome, int rank = 0)
    {
        if (outcome[0] == Done)
        {
            return outcome[1..];
        }

        using var reader = new BinaryReader(new MemoryStream(outcome, 1, outcome.Length - 1), Encoding.UTF8);
        string kind = reader.ReadString();
        string message = reader.ReadString();
        throw outcome[0] == Cancelled ? new OperationCanceledException(message) : new ProcessFailedException(rank, message, kind)
        {
            IsAgreed = true,
        };
    }
}
