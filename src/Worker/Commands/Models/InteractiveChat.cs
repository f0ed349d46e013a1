using System.Collections.Concurrent;
using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary>A conversation at a terminal, or with the lines of a pipe: answers appear as they are drawn.</summary>
/// <param name="conversation">The conversation.</param>
/// <param name="input">Where lines are read.</param>
/// <param name="outputs">Answers are written to the output, everything else to the error output.</param>
/// <param name="isQuiet">Whether nothing but answers and problems is written.</param>
internal sealed class InteractiveChat(IConversation conversation, TextReader input, Outputs outputs, bool isQuiet) : IDisposable
{
    private const string Help = """
        /reset        forget the conversation
        /system TEXT  begin anew, with TEXT as the system's message; or with none
        /exit         leave, as Ctrl+D does, or Ctrl+C twice
        /help         this list
        Ctrl+C stops an answer.
        """;

    private readonly BlockingCollection<string> _lines = [];
    private readonly CancellationTokenSource _left = new();
    private readonly Lock _turn = new();
    private CancellationTokenSource? _answering;
    private bool _hasWarned;

    private bool ShowsPrompt => outputs.IsTerminal && !Console.IsInputRedirected;

    /// <summary>Converses until the input ends or the user leaves.</summary>
    /// <param name="stop">Leaves.</param>
    public void Run(CancellationToken stop)
    {
        Note(conversation.Template.Length > 0
            ? $"Chat template of {conversation.Template}. /help lists commands."
            : "The model has no chat template: each line is completed by itself, and an empty line lets the last one go on. /help lists "
                + "commands.");
        new Thread(ReadLines) { IsBackground = true, Name = "lines" }.Start();
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(stop, _left.Token);
        while (TryTake(leaves.Token, out string line))
        {
            if (line.Trim() is "/exit" or "/quit")
            {
                return;
            }

            if (!IsCommand(line))
            {
                Answer(line, leaves.Token);
            }
        }

        if (ShowsPrompt)
        {
            outputs.Output.WriteLine();
        }
    }

    /// <summary>Takes a Ctrl+C: it stops the answer; where there is none, the second one in a row leaves.</summary>
    public void Interrupt()
    {
        lock (_turn)
        {
            if (_answering is { } answering)
            {
                answering.Cancel();
            }
            else if (_hasWarned)
            {
                _left.Cancel();
            }
            else
            {
                _hasWarned = true;
                outputs.Error.WriteLine();
                outputs.Error.WriteLine("Press Ctrl+C again to leave, or type on.");
                Prompt();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _left.Dispose(); // Not of the lines, which are still waited for.

    private bool IsCommand(string line)
    {
        string[] words = line.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
        switch (words[0])
        {
            case "/reset":
                conversation.Reset();
                Note("The conversation is forgotten.");
                return true;
            case "/system" when conversation.Template.Length == 0:
                Tell("/system needs a model with a chat template.");
                return true;
            case "/system":
                conversation.Instruct(words.ElementAtOrDefault(1) ?? "");
                Note($"The conversation begins anew, with {(words.Length > 1 ? "that" : "nothing")} as the system's message.");
                return true;
            case "/help":
                Tell(Help);
                return true;
            case var unknown when unknown.StartsWith('/'):
                Tell($"{Characters.Quote(unknown)} is no command. These are:{Environment.NewLine}{Help}");
                return true;
            default:
                return false;
        }
    }

    private void Answer(string said, CancellationToken leaves)
    {
        using var answering = CancellationTokenSource.CreateLinkedTokenSource(leaves);
        lock (_turn)
        {
            (_answering, _hasWarned) = (answering, false);
        }

        try
        {
            AnswerEnd end = conversation.Answer(said, Write, answering.Token);
            if (end is not (AnswerEnd.None or AnswerEnd.TooLong))
            {
                outputs.Output.WriteLine(end is AnswerEnd.Cut or AnswerEnd.Full ? "…" : "");
            }

            if (end is AnswerEnd.Full or AnswerEnd.TooLong)
            {
                Tell(OfContext(end, said));
            }
        }
        catch (InputException problem)
        {
            ErrorReport.Write(problem, outputs.Error);
        }
        finally
        {
            lock (_turn)
            {
                _answering = null;
            }
        }
    }

    private string OfContext(AnswerEnd end, string said)
    {
        string context = string.Create(CultureInfo.InvariantCulture, $"the model's context of {conversation.Context:N0} tokens");
        bool isChat = conversation.Template.Length > 0;
        return end == AnswerEnd.Full ? $"The answer ends here, as {context} is full. {(isChat ? "/reset begins anew." : "")}".TrimEnd()
            : isChat ? $"That does not fit into {context}, with what has been said before it. /reset forgets that; or say less."
            : said.Length > 0 ? $"That does not fit into {context}. Say less."
            : $"It cannot go on, as {context} is full. Begin with another line.";
    }

    private void Write(string text)
    {
        if (text.Length > 0)
        {
            outputs.Output.Write(text);
            outputs.Output.Flush();
        }
    }

    private void Note(string text)
    {
        if (!isQuiet)
        {
            Tell(text);
        }
    }

    // In whole words at a terminal; elsewhere a line is a line.
    private void Tell(string text)
    {
        int width = Outputs.WidthOf(outputs.Output);
        foreach (string line in text.Split(Environment.NewLine)
            .SelectMany(line => ShowsPrompt && line.Length > width ? StageHelp.Wrap(line, width) : [line]))
        {
            outputs.Error.WriteLine(line);
        }
    }

    private void Prompt()
    {
        if (ShowsPrompt)
        {
            Write("> ");
        }
    }

    private bool TryTake(CancellationToken leaves, out string line)
    {
        Prompt();
        try
        {
            return _lines.TryTake(out line!, Timeout.Infinite, leaves);
        }
        catch (OperationCanceledException)
        {
            line = "";
            return false;
        }
    }

    // On a thread of its own, as nothing but a line ends the reading of one.
    private void ReadLines()
    {
        while (input.ReadLine() is { } line)
        {
            _lines.Add(line);
        }

        _lines.CompleteAdding();
    }
}
