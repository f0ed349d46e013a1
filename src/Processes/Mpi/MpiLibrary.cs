using System.Runtime.InteropServices;
using System.Text;
using RlCore.Engines;

namespace RlCore.Processes.Mpi;

/// <summary>
/// Open MPI's library, as far as it is used. Its handles (communicators, types) are addresses of exported objects, and its functions return
/// an error code, 0 for none.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>Bytes of a status, with room to spare; its first two integers are the source and the tag.</summary>
    public const int StatusIntegers = 16;

    /// <summary>A message from any process.</summary>
    public const int AnySource = -1;

    // The major version of the library's interface has been 40 since Open MPI 3.
    private static readonly string[] Names = ["libmpi.so.40", "libmpi.so", "libmpi.40.dylib", "libmpi.dylib"];

    private const int ThreadSerialized = 2;
    private const int MostErrorBytes = 256;

    private readonly nint _library;
    private readonly nint _world;
    private readonly nint _byte;

    private MpiLibrary(nint library)
    {
        _library = library;
        _world = NativeLibrary.GetExport(library, "ompi_mpi_comm_world");
        _byte = NativeLibrary.GetExport(library, "ompi_mpi_byte");
    }

    /// <summary>Loads the library.</summary>
    /// <exception cref="ProcessFailedException">It is not there, or is not Open MPI's.</exception>
    public static MpiLibrary Load() => Load(Names);

    /// <summary>Loads the first library that there is.</summary>
    /// <param name="names">Its names.</param>
    /// <exception cref="ProcessFailedException">There is none, or the first is not Open MPI's.</exception>
    public static MpiLibrary Load(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _)
                    ? new MpiLibrary(library)
                    : throw new ProcessFailedException(
                        -1,
                        $"MPI: found {name}, which is not Open MPI's; expected Open MPI 3 or later: install openmpi-bin (Debian, Ubuntu) "
                            + "or openmpi (Fedora, Homebrew), and start the run with its mpirun");
            }
        }

        throw new ProcessFailedException(
            -1,
            $"MPI: found no {names[0]}, though this process is one of several; expected Open MPI on every machine: install openmpi-bin "
                + "(Debian, Ubuntu) or openmpi (Fedora, Homebrew), or start rlcore without mpirun");
    }

    /// <summary>Joins the processes.</summary>
    public void Init()
    {
        int provided = 0;
        var init = (delegate* unmanaged[Cdecl]<int*, byte***, int, int*, int>)Export("MPI_Init_thread");
        Check(init(null, null, ThreadSerialized, &provided));
        Check(((delegate* unmanaged[Cdecl]<nint, nint, int>)Export("MPI_Comm_set_errhandler"))(_world, Export("ompi_mpi_errors_return")));
    }

    /// <summary>Leaves them, which waits for all.</summary>
    public void Finish() => Check(((delegate* unmanaged[Cdecl]<int>)Export("MPI_Finalize"))());

    /// <summary>Which process this is.</summary>
    public int Rank() => Integer("MPI_Comm_rank");

    /// <summary>Number of processes.</summary>
    public int Size() => Integer("MPI_Comm_size");

    /// <summary>Begins to send.</summary>
    /// <param name="data">Stays where it is until <see cref="IsDone"/>.</param>
    /// <param name="count">Bytes.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="tag">The kind of message.</param>
    public nint Send(byte* data, int count, int to, int tag) => Begin("MPI_Isend", data, count, to, tag);

    /// <summary>Begins to receive.</summary>
    /// <param name="data">Stays where it is until <see cref="IsDone"/>.</param>
    /// <param name="count">Bytes.</param>
    /// <param name="from">The sender.</param>
    /// <param name="tag">The kind of message.</param>
    public nint Receive(byte* data, int count, int from, int tag) => Begin("MPI_Irecv", data, count, from, tag);

    /// <summary>Whether a transfer is done; it moves all transfers on.</summary>
    /// <param name="request">The transfer; 0 once it is done.</param>
    public bool IsDone(ref nint request)
    {
        if (request == 0)
        {
            return true;
        }

        int done = 0;
        int* status = stackalloc int[StatusIntegers];
        fixed (nint* asked = &request)
        {
            Check(((delegate* unmanaged[Cdecl]<nint*, int*, int*, int>)Export("MPI_Test"))(asked, &done, status));
        }

        request = done != 0 ? 0 : request;
        return done != 0;
    }

    /// <summary>Whether a message has arrived.</summary>
    /// <param name="tag">Its kind.</param>
    /// <param name="from">Its sender.</param>
    /// <param name="count">Its bytes.</param>
    public bool HasArrived(int tag, out int from, out int count)
    {
        int flag = 0, bytes = 0;
        int* status = stackalloc int[StatusIntegers];
        Check(((delegate* unmanaged[Cdecl]<int, int, nint, int*, int*, int>)Export("MPI_Iprobe"))(AnySource, tag, _world, &flag, status));
        if (flag != 0)
        {
            Check(((delegate* unmanaged[Cdecl]<int*, nint, int*, int>)Export("MPI_Get_count"))(status, _byte, &bytes));
        }

        (from, count) = (status[0], bytes);
        return flag != 0;
    }

    private int Integer(string function)
    {
        int value = 0;
        Check(((delegate* unmanaged[Cdecl]<nint, int*, int>)Export(function))(_world, &value));
        return value;
    }

    private nint Begin(string function, byte* data, int count, int other, int tag)
    {
        nint request = 0;
        Check(((delegate* unmanaged[Cdecl]<byte*, int, nint, int, int, nint, nint*, int>)Export(function))(
            data, count, _byte, other, tag, _world, &request));
        return request;
    }

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int code)
    {
        if (code == 0)
        {
            return;
        }

        byte* text = stackalloc byte[MostErrorBytes];
        int length = 0;
        ((delegate* unmanaged[Cdecl]<int, byte*, int*, int>)Export("MPI_Error_string"))(code, text, &length);
        throw new ProcessFailedException(
            -1, $"MPI: {Encoding.UTF8.GetString(text, length)}: another process has ended, or cannot be reached");
    }
}
