namespace RlCore.Trainers.Metrics;

/// <summary>
/// The messages of an event file (tensorboard/compat/proto/event.proto, summary.proto, tensor.proto and
/// tensorboard/plugins/hparams/plugin_data.proto), field by field.
/// </summary>
internal static class EventMessages
{
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7;
    private const int Tag = 1, SimpleValue = 2, Tensor = 8, Metadata = 9;
    private const int FloatType = 1, TextType = 7;

    /// <summary>The first event of a file.</summary>
    /// <param name="time">Seconds since 1970.</param>
    public static WireMessage Version(double time) => At(time, 0).Add(FileVersion, "brain.Event:2");

    /// <summary>The start of a process that writes events: those of its steps that an earlier process has written count no more.</summary>
    /// <param name="time">Seconds since 1970.</param>
    /// <param name="step">Its first step.</param>
    public static WireMessage Start(double time, int step)
    {
        const int Status = 1, Started = 1;
        return At(time, step).Add(SessionLog, new WireMessage().Add(Status, Started));
    }

    /// <summary>Numbers of a step. TensorBoard keeps them in single precision.</summary>
    /// <param name="time">Seconds since 1970.</param>
    /// <param name="step">The step.</param>
    /// <param name="values">By name.</param>
    public static WireMessage Scalars(double time, int step, IEnumerable<KeyValuePair<string, double>> values) => OfSummary(
        time, step, values.Select(value => new WireMessage().Add(Tag, value.Key).Add(SimpleValue, (float)value.Value)));

    /// <summary>A table of texts of a step, in Markdown.</summary>
    /// <param name="time">Seconds since 1970.</param>
    /// <param name="step">The step.</param>
    /// <param name="tag">Its name.</param>
    /// <param name="rows">The rows, all of one length; the first has the names of the columns.</param>
    public static WireMessage Table(double time, int step, string tag, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        const int StringValue = 8;
        WireMessage tensor = TensorOf(TextType, rows.Count, rows[0].Count);
        foreach (string cell in rows.SelectMany(row => row))
        {
            tensor.Add(StringValue, cell);
        }

        return OfSummary(
            time, step, [new WireMessage().Add(Tag, tag).Add(Tensor, tensor).Add(Metadata, ByPlugin("text", new WireMessage()))]);
    }

    /// <summary>The settings of a run, which are the columns of TensorBoard's table of runs.</summary>
    /// <param name="time">Seconds since 1970.</param>
    /// <param name="settings">By name: a text, a bool, or a number.</param>
    public static WireMessage Settings(double time, IEnumerable<KeyValuePair<string, object>> settings)
    {
        const int SessionStartInfo = 3, Parameters = 1, StartSeconds = 5;
        const int Name = 1, Value = 2, Number = 2, Text = 3, Bool = 4;
        var start = new WireMessage();
        foreach (var (name, setting) in settings)
        {
            WireMessage value = setting switch
            {
                bool flag => new WireMessage().Add(Bool, flag ? 1L : 0L),
                double number => new WireMessage().Add(Number, number),
                _ => new WireMessage().Add(Text, $"{setting}"),
            };
            start.Add(Parameters, new WireMessage().Add(Name, name).Add(Value, value));
        }

        return OfSummary(
            time, 0, [OfRun("_hparams_/session_start_info", new WireMessage().Add(SessionStartInfo, start.Add(StartSeconds, time)))]);
    }

    /// <summary>The end of a run that is done.</summary>
    /// <param name="time">Seconds since 1970.</param>
    /// <param name="step">Its last step.</param>
    public static WireMessage Done(double time, int step)
    {
        const int SessionEndInfo = 4, Status = 1, Success = 1, EndSeconds = 2;
        WireMessage end = new WireMessage().Add(Status, Success).Add(EndSeconds, time);
        return OfSummary(time, step, [OfRun("_hparams_/session_end_info", new WireMessage().Add(SessionEndInfo, end))]);
    }

    /// <summary>The step of an event that this class has made; 0 if it has none.</summary>
    /// <param name="message">The event.</param>
    public static long StepOf(ReadOnlySpan<byte> message)
    {
        const int TimeBytes = 1 + sizeof(double), StepTag = Step << 3;
        long step = 0;
        if (message.Length > TimeBytes && message[TimeBytes] == StepTag)
        {
            int shift = 0;
            foreach (byte part in message[(TimeBytes + 1)..])
            {
                step |= (long)(part & 0x7F) << shift;
                shift += 7;
                if (part < 0x80)
                {
                    break;
                }
            }
        }

        return step;
    }

    // A field that is 0 is left out.
    private static WireMessage At(double time, int step)
    {
        WireMessage message = new WireMessage().Add(WallTime, time);
        return step == 0 ? message : message.Add(Step, step);
    }

    private static WireMessage OfSummary(double time, int step, IEnumerable<WireMessage> values)
    {
        const int Value = 1;
        var summary = new WireMessage();
        foreach (WireMessage value in values)
        {
            summary.Add(Value, value);
        }

        return At(time, step).Add(Summary, summary);
    }

    // What counts is the metadata; a value has to be there, and an empty tensor is the shortest.
    private static WireMessage OfRun(string tag, WireMessage data) =>
        new WireMessage().Add(Tag, tag).Add(Tensor, TensorOf(FloatType, 0)).Add(Metadata, ByPlugin("hparams", data));

    private static WireMessage TensorOf(int type, params ReadOnlySpan<int> sizes)
    {
        const int Type = 1, Shape = 2, Dimension = 2, Size = 1;
        var shape = new WireMessage();
        foreach (int size in sizes)
        {
            shape.Add(Dimension, size == 0 ? new WireMessage() : new WireMessage().Add(Size, size));
        }

        return new WireMessage().Add(Type, type).Add(Shape, shape);
    }

    private static WireMessage ByPlugin(string plugin, WireMessage content)
    {
        const int PluginData = 1, Name = 1, Content = 2;
        WireMessage data = new WireMessage().Add(Name, plugin);
        return new WireMessage().Add(PluginData, content.Bytes.IsEmpty ? data : data.Add(Content, content));
    }
}
