using System.Collections.Concurrent;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The warm processes that compile: as many as are needed at once. One that has ended is replaced when the next is needed.
/// </summary>
internal sealed class CompilerPool : IDisposable
{
    private readonly ConcurrentBag<CompilerProcess> _idle = [];

    private CompilerPool()
    {
    }

    /// <summary>Those of this process.</summary>
    public static CompilerPool Shared { get; } = new();

    /// <summary>Asks one of the processes.</summary>
    /// <param name="ask">The request.</param>
    /// <exception cref="CompilerEndedException">The request ended the process.</exception>
    public T Use<T>(Func<CompilerProcess, T> ask)
    {
        for (bool isAgain = false; ; isAgain = true)
        {
            CompilerProcess process = Take();
            try
            {
                T reply = ask(process);
                _idle.Add(process);
                return reply;
            }
            catch (CompilerEndedException ended)
            {
                process.Dispose();
                if (ended.IsExplained || isAgain)
                {
                    throw;
                }
            }
            catch
            {
                process.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out CompilerProcess? process))
        {
            process.Dispose();
        }
    }

    private CompilerProcess Take()
    {
        while (_idle.TryTake(out CompilerProcess? process))
        {
            if (!process.HasEnded)
            {
                return process;
            }

            process.Dispose();
        }

        return new CompilerProcess(ProgramSandbox.Default);
    }
}
