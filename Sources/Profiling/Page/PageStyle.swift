/// How a page looks, in light and in dark and on paper.
///
/// Colours are those of Okabe and Ito, which the colour-blind can tell apart; nothing is told by colour
/// alone. No text holds `<`, `>` or `&`, which would be escaped.
enum PageStyle {
    static let text = """
        :root { color-scheme: light dark;
          --paper: #ffffff; --ink: #1b1f24; --faint: #57606a; --rule: #d0d7de; --plot: #f6f8fa;
          --blue: #0072b2; --calm: #e3f1fa; --orange: #b07400; --busy: #fdf1d4; --red: #c04a00;
          --full: #fde3d3; --whole: #b9d9ee; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #0f1419; --ink: #e6e9ed; --faint: #a0a9b4; --rule: #39424d; --plot: #182028;
          --blue: #56b4e9; --calm: #12303f; --orange: #e69f00; --busy: #3b2e0a; --red: #ff8f4d;
          --full: #4a2310; --whole: #28506a; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
        main { max-width: 1240px; margin: 0 auto; padding: 24px; }
        header { border-bottom: 1px solid var(--rule); padding-bottom: 12px; }
        h1 { font-size: 26px; line-height: 1.3; margin: 4px 0; }
        h2 { font-size: 19px; margin: 32px 0 12px; }
        h3 { font-size: 15px; margin: 0 0 8px; }
        p { margin: 4px 0; }
        .kicker, figcaption, .legend { color: var(--faint); font-size: 13px; }
        .advice { font-size: 17px; }
        figure { margin: 0; min-width: 0; }
        figcaption { max-width: 640px; margin-top: 4px; }
        .charts { display: grid; gap: 32px 24px;
          grid-template-columns: repeat(auto-fit, minmax(min(100%, 540px), 1fr)); }
        svg { display: block; width: 100%; max-width: 680px; height: auto; overflow: visible; }
        svg text { fill: var(--ink); font-size: 13px; }
        svg .small { font-size: 11.5px; }
        svg .small, svg .faint { fill: var(--faint); }
        svg .name { font-weight: 600; font-size: 14px; }
        svg .halo { paint-order: stroke; stroke: var(--plot); stroke-width: 3px; }
        svg .strong { font-weight: 600; }
        .plot { fill: var(--plot); }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .area { fill: var(--blue); fill-opacity: 0.25; }
        .curve { fill: none; stroke: var(--blue); stroke-width: 1.5; stroke-linejoin: round; }
        .box { stroke-width: 1.2; }
        .box.limit { stroke-width: 3; }
        .calm { fill: var(--calm); stroke: var(--blue); }
        .busy { fill: var(--busy); stroke: var(--orange); }
        .full { fill: var(--full); stroke: var(--red); }
        .outside { fill: none; stroke: var(--faint); stroke-dasharray: 4 3; }
        .gauge { fill: var(--ink); fill-opacity: 0.12; }
        .gauge-calm, .gauge-queue { fill: var(--blue); }
        .gauge-busy { fill: var(--orange); }
        .gauge-full { fill: var(--red); }
        .arrow, .queue { fill: none; stroke: var(--faint); stroke-width: 1.5; }
        .queue { stroke-dasharray: 2 3; }
        .arrowhead { fill: var(--faint); }
        .range { stroke: var(--blue); stroke-width: 2; stroke-opacity: 0.5; }
        .mark { fill: var(--blue); stroke: var(--paper); stroke-width: 1; }
        .mark.open { fill: var(--paper); stroke: var(--blue); stroke-width: 1.8; }
        .end { stroke: var(--blue); stroke-width: 2.5; }
        .whole { fill: var(--whole); }
        .stored { fill: var(--blue); }
        .key { display: inline-block; margin-right: 20px; }
        .swatch { display: inline-block; width: 14px; height: 14px; margin-right: 6px;
          vertical-align: -2px; border: 1.5px solid; border-radius: 3px; }
        .swatch.calm { background: var(--calm); border-color: var(--blue); }
        .swatch.busy { background: var(--busy); border-color: var(--orange); }
        .swatch.full { background: var(--full); border-color: var(--red); }
        dl { display: grid; gap: 12px 24px; margin: 0;
          grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); }
        dt { color: var(--faint); font-size: 13px; }
        dd { margin: 0; font-size: 17px; overflow-wrap: anywhere; }
        details { margin-top: 6px; font-size: 13px; }
        summary { cursor: pointer; width: max-content; }
        .scroll { overflow-x: auto; margin-top: 12px; }
        :focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
        details table { font-size: 13px; }
        caption { text-align: left; color: var(--faint); font-size: 13px; padding-bottom: 4px; }
        th, td { padding: 4px 14px 4px 0; border-bottom: 1px solid var(--rule); white-space: nowrap; }
        th { font-weight: 600; }
        .word { text-align: left; }
        .figure { text-align: right; }
        @media (max-width: 800px) {
          main { padding: 14px; }
          th, td { padding-right: 8px; }
          table, details table { font-size: 12px; } }
        @media print {
          :root { --paper: #ffffff; --ink: #000000; --faint: #333333; --rule: #bbbbbb;
            --plot: #f4f4f4; --blue: #0072b2; --calm: #e3f1fa; --orange: #b07400; --busy: #fdf1d4;
            --red: #c04a00; --full: #fde3d3; --whole: #b9d9ee; }
          * { print-color-adjust: exact; }
          main { padding: 0; }
          figure, tr, dl { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
          details::details-content { content-visibility: visible; }
        }
        """
}
