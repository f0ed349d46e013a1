using Microsoft.Win32.SafeHandles;

namespace RlCore.Trainers.Rewards;

/// <summary>The entry point of this library in the sandbox.</summary>
internal static class SandboxEntry
{
    /// <summary>The task that copies the input to the output, to try whether a sandbox runs.</summary>
    public const string Echo = "echo";

    /// <summary>The task that compiles and computes verdicts, request by request: <see cref="CompilerServer"/>.</summary>
    public const string Compile = "compile";

    /// <summary>The task that runs one program under test: <see cref="TestRunner"/>.</summary>
    public const string Test = "test";

    /// <summary>The output is descriptor 3; what is printed goes nowhere.</summary>
    public const string OwnChannel = "own";

    /// <summary>The output is what is printed.</summary>
    public const string Printed = "printed";

    /// <summary>Does a task.</summary>
    /// <param name="arguments">The task and the kind of output.</param>
    /// <returns>The exit code.</returns>
    public static int Main(string[] arguments)
    {
        Stream input = Console.OpenStandardInput();
        Stream output = arguments[1] == OwnChannel
            ? new FileStream(new SafeFileHandle(3, ownsHandle: true), FileAccess.Write, bufferSize: 0)
            : Console.OpenStandardOutput();
        switch (arguments[0])
        {
            case Echo:
                input.CopyTo(output);
                return 0;
            case Compile:
                return CompilerServer.Run(input, output);
            case Test:
                TestRunner.Run(input, output);
                return 0;
            default:
                return 1;
        }
    }
}
