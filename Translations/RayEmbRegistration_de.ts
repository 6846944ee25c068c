<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>RayEmbRegistration</name>
    <message>
        <source>RayEmb Registration</source>
        <translation>RayEmb-Registrierung</translation>
    </message>
    <message>
        <source>Landmarks are found after RayEmb (Shrestha et al., ACCV 2024). The documentation names all methods and how to cite them.</source>
        <translation>Landmarken werden nach RayEmb gefunden (Shrestha et al., ACCV 2024). Die Dokumentation nennt alle Methoden und wie sie zu zitieren sind.</translation>
    </message>
    <message>
        <source>The scene is being closed.</source>
        <translation>Die Szene wird gerade geschlossen.</translation>
    </message>
    <message>
        <source>Find the pose of the bone in all X-rays of the table.</source>
        <translation>Die Pose des Knochens in allen Röntgenbildern der Tabelle finden.</translation>
    </message>
    <message>
        <source>Register</source>
        <translation>Registrieren</translation>
    </message>
    <message>
        <source>How far the registration is.</source>
        <translation>Wie weit die Registrierung ist.</translation>
    </message>
    <message>
        <source>Green tick: trusted. Orange cross: not trusted. Grey question mark: not assessed.</source>
        <translation>Grüner Haken: verlässlich. Oranges Kreuz: nicht verlässlich. Graues Fragezeichen: nicht bewertet.</translation>
    </message>
    <message>
        <source>Whether to use the pose, and why.</source>
        <translation>Ob die Pose brauchbar ist, und warum.</translation>
    </message>
    <message>
        <source>Overlay:</source>
        <translation>Überlagerung:</translation>
    </message>
    <message>
        <source>Position:</source>
        <translation>Position:</translation>
    </message>
    <message>
        <source>In-plane error:</source>
        <translation>Fehler in der Ebene:</translation>
    </message>
    <message>
        <source>To expect: across the beam at the bone, and of the rotation.</source>
        <translation>Zu erwarten: quer zum Strahl am Knochen, und der Rotation.</translation>
    </message>
    <message>
        <source>Depth error:</source>
        <translation>Fehler in der Tiefe:</translation>
    </message>
    <message>
        <source>To expect along the beam. One view hardly sees depth.</source>
        <translation>Entlang des Strahls zu erwarten. Eine einzige Aufnahme zeigt die Tiefe kaum.</translation>
    </message>
    <message>
        <source>What is being done, or what is missing.</source>
        <translation>Was gerade geschieht oder was fehlt.</translation>
    </message>
    <message>
        <source>Copy what was done, for a report of an error; without names of patients, nodes and folders.</source>
        <translation>Kopieren, was getan wurde, für einen Fehlerbericht; ohne Namen von Patienten, Knoten und Ordnern.</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>All keys.</source>
        <translation>Alle Tasten.</translation>
    </message>
    <message>
        <source>?</source>
        <translation>?</translation>
    </message>
    <message>
        <source>Improve the present pose without looking elsewhere.</source>
        <translation>Die jetzige Pose verbessern, ohne anderswo zu suchen.</translation>
    </message>
    <message>
        <source>Refine only</source>
        <translation>Nur verfeinern</translation>
    </message>
    <message>
        <source>Say how far the pose can be trusted as it stands; nothing moves.</source>
        <translation>Sagen, wie weit die Pose, wie sie steht, verlässlich ist; nichts bewegt sich.</translation>
    </message>
    <message>
        <source>Assess</source>
        <translation>Bewerten</translation>
    </message>
    <message>
        <source>Back to the pose before.</source>
        <translation>Zurück zur vorigen Pose.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Forward again.</source>
        <translation>Wieder vorwärts.</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>What was loaded and put into its place.</source>
        <translation>Was geladen und eingeordnet wurde.</translation>
    </message>
    <message>
        <source>CT and X-rays as they were chosen before.</source>
        <translation>CT und Röntgenbilder, wie sie zuvor gewählt waren.</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Zurücknehmen</translation>
    </message>
    <message>
        <source>The CT whose bone is looked for in the X-rays.</source>
        <translation>Das CT, dessen Knochen in den Röntgenbildern gesucht wird.</translation>
    </message>
    <message>
        <source>CT</source>
        <translation>CT</translation>
    </message>
    <message>
        <source>Volume:</source>
        <translation>Volumen:</translation>
    </message>
    <message>
        <source>The CT, in Hounsfield units. It is never changed.</source>
        <translation>Das CT, in Hounsfield-Einheiten. Es wird nie verändert.</translation>
    </message>
    <message>
        <source>Segmentation:</source>
        <translation>Segmentierung:</translation>
    </message>
    <message>
        <source>Optional: the bones of the CT, if they were segmented. Without it, bone is found in the CT.</source>
        <translation>Wahlweise: die Knochen des CT, wenn sie segmentiert sind. Ohne sie wird der Knochen im CT gesucht.</translation>
    </message>
    <message>
        <source>Segments that are used as bone. Unchecked ones are left out.</source>
        <translation>Segmente, die als Knochen gelten. Nicht angehakte bleiben weg.</translation>
    </message>
    <message>
        <source>Give every segment a pose of its own, for bones that moved against each other since the CT.</source>
        <translation>Jedem Segment eine eigene Pose geben, für Knochen, die sich seit dem CT gegeneinander bewegt haben.</translation>
    </message>
    <message>
        <source>Each segment moves on its own</source>
        <translation>Jedes Segment bewegt sich für sich</translation>
    </message>
    <message>
        <source>Find the bone and compute what every registration of this CT needs. It happens by itself at the first registration; the result is kept.</source>
        <translation>Den Knochen finden und berechnen, was jede Registrierung dieses CT braucht. Es geschieht von selbst bei der ersten Registrierung; das Ergebnis wird behalten.</translation>
    </message>
    <message>
        <source>Prepare</source>
        <translation>Vorbereiten</translation>
    </message>
    <message>
        <source>What is known of the CT.</source>
        <translation>Was über das CT bekannt ist.</translation>
    </message>
    <message>
        <source>Let the landmark detector learn this patient, from simulated X-rays of this CT. Optional.</source>
        <translation>Den Landmarkendetektor diesen Patienten lernen lassen, an simulierten Röntgenbildern dieses CT. Wahlweise.</translation>
    </message>
    <message>
        <source>Train for this patient</source>
        <translation>Auf diesen Patienten trainieren</translation>
    </message>
    <message>
        <source>Minutes:</source>
        <translation>Minuten:</translation>
    </message>
    <message>
        <source>How long to train. A graphics card is advised.</source>
        <translation>Wie lange trainiert wird. Eine Grafikkarte ist ratsam.</translation>
    </message>
    <message>
        <source>Start training; it becomes Cancel while it runs. What was learnt so far is kept when you cancel.</source>
        <translation>Training beginnen; solange es läuft, bricht die Taste es ab. Was bis dahin gelernt wurde, bleibt erhalten.</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <source>How well the detector finds landmarks in X-rays that it has not seen.</source>
        <translation>Wie gut der Detektor Landmarken in Röntgenbildern findet, die er nie gesehen hat.</translation>
    </message>
    <message>
        <source>One or more X-rays of the patient.</source>
        <translation>Ein oder mehrere Röntgenbilder des Patienten.</translation>
    </message>
    <message>
        <source>X-rays</source>
        <translation>Röntgenbilder</translation>
    </message>
    <message>
        <source>An X-ray: any volume that holds one image. It is never changed.</source>
        <translation>Ein Röntgenbild: jedes Volumen, das ein Bild enthält. Es wird nie verändert.</translation>
    </message>
    <message>
        <source>Add this X-ray to the table.</source>
        <translation>Dieses Röntgenbild in die Tabelle aufnehmen.</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Load a folder of X-rays; each takes the camera file that has its name.</source>
        <translation>Einen Ordner mit Röntgenbildern laden; jedes nimmt die Kameradatei, die seinen Namen trägt.</translation>
    </message>
    <message>
        <source>Folder...</source>
        <translation>Ordner...</translation>
    </message>
    <message>
        <source>Take the selected X-ray out of the table; its volume stays.</source>
        <translation>Das ausgewählte Röntgenbild aus der Tabelle nehmen; sein Volumen bleibt.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>The X-rays that are registered. Select one to see and change its geometry. X-rays of a calibrated rig are registered jointly.</source>
        <translation>Die Röntgenbilder, die registriert werden. Eines auswählen, um seine Geometrie zu sehen und zu ändern. Röntgenbilder einer kalibrierten Anordnung werden gemeinsam registriert.</translation>
    </message>
    <message>
        <source>How the selected X-ray is shown: its faint parts, black and white turned over, its edges, without noise. The X-ray itself stays as it is, and so does what is computed from it.</source>
        <translation>Wie das ausgewählte Röntgenbild gezeigt wird: seine schwachen Teile, Schwarz und Weiß vertauscht, seine Kanten, ohne Rauschen. Das Röntgenbild selbst bleibt, wie es ist, und was daraus berechnet wird, auch.</translation>
    </message>
    <message>
        <source>Show as it is</source>
        <translation>Unverändert zeigen</translation>
    </message>
    <message>
        <source>Shown beside it:</source>
        <translation>Daneben gezeigt:</translation>
    </message>
    <message>
        <source>With three or more X-rays: which one is shown beside the selected one.</source>
        <translation>Bei drei oder mehr Röntgenbildern: welches neben dem ausgewählten gezeigt wird.</translation>
    </message>
    <message>
        <source>What is known of how the selected X-ray was taken. Each value says where it comes from.</source>
        <translation>Was über die Aufnahme des ausgewählten Röntgenbilds bekannt ist. Jeder Wert sagt, woher er stammt.</translation>
    </message>
    <message>
        <source>Geometry of the selected X-ray</source>
        <translation>Geometrie des ausgewählten Röntgenbilds</translation>
    </message>
    <message>
        <source>Source to detector:</source>
        <translation>Fokus-Detektor:</translation>
    </message>
    <message>
        <source>Distance from the X-ray source to the detector (SID). About 1000 mm for a mobile C-arm.</source>
        <translation>Abstand von der Röntgenquelle zum Detektor (FDA). Etwa 1000 mm bei einem mobilen C-Bogen.</translation>
    </message>
    <message>
        <source> mm</source>
        <translation> mm</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>Where this value comes from.</source>
        <translation>Woher dieser Wert stammt.</translation>
    </message>
    <message>
        <source>Pixel spacing (mm):</source>
        <translation>Pixelabstand (mm):</translation>
    </message>
    <message>
        <source>Distance between neighbouring columns on the detector: the width of the field divided by the number of columns.</source>
        <translation>Abstand benachbarter Spalten auf dem Detektor: Breite des Bildfelds geteilt durch die Zahl der Spalten.</translation>
    </message>
    <message>
        <source>Distance between neighbouring rows on the detector.</source>
        <translation>Abstand benachbarter Zeilen auf dem Detektor.</translation>
    </message>
    <message>
        <source>Principal point (px):</source>
        <translation>Hauptpunkt (px):</translation>
    </message>
    <message>
        <source>Column where the perpendicular from the source meets the detector; pixel centres are whole numbers.</source>
        <translation>Spalte, in der das Lot von der Quelle den Detektor trifft; Pixelmitten sind ganze Zahlen.</translation>
    </message>
    <message>
        <source>Row where the perpendicular from the source meets the detector.</source>
        <translation>Zeile, in der das Lot von der Quelle den Detektor trifft.</translation>
    </message>
    <message>
        <source>Turned:</source>
        <translation>Gedreht:</translation>
    </message>
    <message>
        <source>By how much the stored image was turned after it was taken.</source>
        <translation>Um wie viel das gespeicherte Bild nach der Aufnahme gedreht wurde.</translation>
    </message>
    <message>
        <source>not turned</source>
        <translation>nicht gedreht</translation>
    </message>
    <message>
        <source>90° counter-clockwise</source>
        <translation>90° gegen den Uhrzeigersinn</translation>
    </message>
    <message>
        <source>180°</source>
        <translation>180°</translation>
    </message>
    <message>
        <source>90° clockwise</source>
        <translation>90° im Uhrzeigersinn</translation>
    </message>
    <message>
        <source>Seen from:</source>
        <translation>Gesehen von:</translation>
    </message>
    <message>
        <source>X-rays are usually displayed facing the patient, as seen from the detector; a flat panel stores them as seen from the source. Where the registration does not convince, the other way is tried as well.</source>
        <translation>Röntgenbilder werden meist mit dem Patienten gegenüber gezeigt, vom Detektor aus gesehen; ein Flachdetektor speichert sie von der Quelle aus gesehen. Wo die Registrierung nicht überzeugt, wird auch das andere versucht.</translation>
    </message>
    <message>
        <source>the source</source>
        <translation>der Quelle</translation>
    </message>
    <message>
        <source>the detector (mirrored)</source>
        <translation>dem Detektor (gespiegelt)</translation>
    </message>
    <message>
        <source>Bone is:</source>
        <translation>Knochen ist:</translation>
    </message>
    <message>
        <source>Whether bone is bright or dark in the stored values.</source>
        <translation>Ob Knochen in den gespeicherten Werten hell oder dunkel ist.</translation>
    </message>
    <message>
        <source>to be found out</source>
        <translation>wird ermittelt</translation>
    </message>
    <message>
        <source>bright</source>
        <translation>hell</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>dunkel</translation>
    </message>
    <message>
        <source>Read the values from the tags of the DICOM file that the X-ray was loaded from.</source>
        <translation>Die Werte aus den DICOM-Attributen der Datei lesen, aus der das Röntgenbild geladen wurde.</translation>
    </message>
    <message>
        <source>From DICOM</source>
        <translation>Aus DICOM</translation>
    </message>
    <message>
        <source>The values of a C-arm that you have named; name one, remove one, share them as a file.</source>
        <translation>Die Werte eines C-Bogens, den Sie benannt haben; einen benennen, einen entfernen, als Datei weitergeben.</translation>
    </message>
    <message>
        <source>C-arm</source>
        <translation>C-Bogen</translation>
    </message>
    <message>
        <source>Read the values from a camera file: JSON, MayaCam 2, VTKCamera or OpenCV. Of several files each X-ray takes the one that has its name.</source>
        <translation>Die Werte aus einer Kameradatei lesen: JSON, MayaCam 2, VTKCamera oder OpenCV. Von mehreren Dateien nimmt jedes Röntgenbild die, die seinen Namen trägt.</translation>
    </message>
    <message>
        <source>Load calibration...</source>
        <translation>Kalibrierung...</translation>
    </message>
    <message>
        <source>The geometry to scale: source, beam, detector and the foot of the perpendicular.</source>
        <translation>Die Geometrie maßstäblich: Quelle, Strahl, Detektor und Fußpunkt des Lots.</translation>
    </message>
    <message>
        <source>Remarks on the geometry.</source>
        <translation>Bemerkungen zur Geometrie.</translation>
    </message>
    <message>
        <source>What is known of where the X-rays were taken from.</source>
        <translation>Was darüber bekannt ist, von wo die Röntgenbilder aufgenommen wurden.</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>Start from:</source>
        <translation>Beginnen mit:</translation>
    </message>
    <message>
        <source>How the registration begins. Automatic needs nothing but a rough view direction.</source>
        <translation>Womit die Registrierung beginnt. Automatisch braucht nur eine ungefähre Blickrichtung.</translation>
    </message>
    <message>
        <source>What this start needs.</source>
        <translation>Was dieser Start braucht.</translation>
    </message>
    <message>
        <source>Primary angle:</source>
        <translation>Primärwinkel:</translation>
    </message>
    <message>
        <source>Positioner primary angle, as the C-arm displays it: positive with the detector at the patient&apos;s left (LAO).</source>
        <translation>Primärwinkel des C-Bogens, wie er ihn anzeigt: positiv mit dem Detektor auf der linken Seite des Patienten (LAO).</translation>
    </message>
    <message>
        <source>°</source>
        <translation>°</translation>
    </message>
    <message>
        <source>Secondary angle:</source>
        <translation>Sekundärwinkel:</translation>
    </message>
    <message>
        <source>Positioner secondary angle: positive with the detector towards the head (cranial).</source>
        <translation>Sekundärwinkel des C-Bogens: positiv mit dem Detektor zum Kopf hin (kranial).</translation>
    </message>
    <message>
        <source>Turn about the beam:</source>
        <translation>Drehung um den Strahl:</translation>
    </message>
    <message>
        <source>Turn of the camera about the beam.</source>
        <translation>Drehung der Kamera um den Strahl.</translation>
    </message>
    <message>
        <source>Source to bone:</source>
        <translation>Quelle bis Knochen:</translation>
    </message>
    <message>
        <source>Distance of the source from the middle of the bone.</source>
        <translation>Abstand der Quelle von der Mitte des Knochens.</translation>
    </message>
    <message>
        <source>Read the angles of the selected X-ray from its DICOM tags.</source>
        <translation>Die Winkel des ausgewählten Röntgenbilds aus seinen DICOM-Attributen lesen.</translation>
    </message>
    <message>
        <source>Angles from DICOM</source>
        <translation>Winkel aus DICOM</translation>
    </message>
    <message>
        <source>In the CT:</source>
        <translation>Im CT:</translation>
    </message>
    <message>
        <source>Points placed in the CT, in slice or 3D views.</source>
        <translation>Punkte im CT, in Schicht- oder 3D-Ansichten gesetzt.</translation>
    </message>
    <message>
        <source>Click points in the CT; right-click to stop.</source>
        <translation>Punkte im CT anklicken; Rechtsklick beendet.</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Setzen</translation>
    </message>
    <message>
        <source>In the X-ray:</source>
        <translation>Im Röntgenbild:</translation>
    </message>
    <message>
        <source>The same points, placed in the X-ray view of this module: in the same order, or with the same names.</source>
        <translation>Dieselben Punkte, in der Röntgenansicht dieses Moduls gesetzt: in derselben Reihenfolge oder mit denselben Namen.</translation>
    </message>
    <message>
        <source>Click the same points in the X-ray view, in the same order or with the same names; right-click to stop.</source>
        <translation>Dieselben Punkte in der Röntgenansicht anklicken, in derselben Reihenfolge oder mit denselben Namen; Rechtsklick beendet.</translation>
    </message>
    <message>
        <source>How many pairs there are; at least 4 are needed, 6 or more are better.</source>
        <translation>Wie viele Paare es gibt; mindestens 4 sind nötig, 6 oder mehr sind besser.</translation>
    </message>
    <message>
        <source>Show arrows and rings in the 3D view that move the C-arm about the bone.</source>
        <translation>Pfeile und Ringe in der 3D-Ansicht zeigen, die den C-Bogen um den Knochen bewegen.</translation>
    </message>
    <message>
        <source>Handles in 3D</source>
        <translation>Griffe in 3D</translation>
    </message>
    <message>
        <source>Move the bone in the X-ray view. Drag: shift. Shift and drag: turn about the view&apos;s axes. Ctrl and drag: turn in the plane. Wheel: nearer and farther. Arrow keys: shift by a step, with Shift turn; Page up and Page down: turn in the plane.</source>
        <translation>Den Knochen in der Röntgenansicht bewegen. Ziehen: verschieben. Umschalt und ziehen: um die Achsen der Ansicht drehen. Strg und ziehen: in der Ebene drehen. Mausrad: näher und ferner. Pfeiltasten: um einen Schritt verschieben, mit Umschalt drehen; Bild auf und Bild ab: in der Ebene drehen.</translation>
    </message>
    <message>
        <source>Drag over the X-ray</source>
        <translation>Über dem Röntgenbild ziehen</translation>
    </message>
    <message>
        <source>Move the bone in all X-rays when it is moved in one: the C-arms stay as they stand to one another. X-rays that are calibrated against each other always move together. Switch it off to move the bone in one X-ray alone.</source>
        <translation>Den Knochen in allen Röntgenbildern bewegen, wenn er in einem bewegt wird: die C-Bögen bleiben zueinander, wie sie stehen. Gegeneinander kalibrierte Röntgenbilder bewegen sich immer gemeinsam. Ausschalten, um den Knochen in einem Röntgenbild allein zu bewegen.</translation>
    </message>
    <message>
        <source>All X-rays together</source>
        <translation>Alle Röntgenbilder gemeinsam</translation>
    </message>
    <message>
        <source>Put the C-arm where the view prior expects it: a pose to begin with.</source>
        <translation>Den C-Bogen dorthin stellen, wo die gewählte Ansicht ihn erwartet: eine Pose für den Anfang.</translation>
    </message>
    <message>
        <source>Rough pose</source>
        <translation>Grobe Pose</translation>
    </message>
    <message>
        <source>Read the start pose from a pose or result file (ras_to_camera).</source>
        <translation>Die Startpose aus einer Posen- oder Ergebnisdatei lesen (ras_to_camera).</translation>
    </message>
    <message>
        <source>Load pose...</source>
        <translation>Pose laden...</translation>
    </message>
    <message>
        <source>The present pose of the selected X-ray.</source>
        <translation>Die jetzige Pose des ausgewählten Röntgenbilds.</translation>
    </message>
    <message>
        <source>What was found and what it is worth.</source>
        <translation>Was gefunden wurde und was es wert ist.</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Registration:</source>
        <translation>Registrierung:</translation>
    </message>
    <message>
        <source>The registrations in the scene. The chosen one is shown and updated.</source>
        <translation>Die Registrierungen der Szene. Die gewählte wird gezeigt und fortgeschrieben.</translation>
    </message>
    <message>
        <source>Keep this one; the next registration gets a folder of its own.</source>
        <translation>Diese behalten; die nächste Registrierung bekommt einen eigenen Ordner.</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>Similarity:</source>
        <translation>Ähnlichkeit:</translation>
    </message>
    <message>
        <source>Agreement of DRR and X-ray, -1 to 1.</source>
        <translation>Übereinstimmung von DRR und Röntgenbild, -1 bis 1.</translation>
    </message>
    <message>
        <source>Landmarks:</source>
        <translation>Landmarken:</translation>
    </message>
    <message>
        <source>How many detected landmarks agree with the pose.</source>
        <translation>Wie viele gefundene Landmarken zur Pose passen.</translation>
    </message>
    <message>
        <source>What else to know about the CT and the result.</source>
        <translation>Was sonst über CT und Ergebnis zu wissen ist.</translation>
    </message>
    <message>
        <source>How the DRR is laid over the X-ray.</source>
        <translation>Wie das DRR über das Röntgenbild gelegt wird.</translation>
    </message>
    <message>
        <source>Opacity:</source>
        <translation>Deckkraft:</translation>
    </message>
    <message>
        <source>Opacity of the DRR or of its edges.</source>
        <translation>Deckkraft des DRR oder seiner Kanten.</translation>
    </message>
    <message>
        <source>Wiper:</source>
        <translation>Wischer:</translation>
    </message>
    <message>
        <source>How far from the left the X-ray is shown instead of the DRR.</source>
        <translation>Wie weit von links das Röntgenbild statt des DRR gezeigt wird.</translation>
    </message>
    <message>
        <source>Show the DRR beside the X-ray in a view of its own.</source>
        <translation>Das DRR neben dem Röntgenbild in einer eigenen Ansicht zeigen.</translation>
    </message>
    <message>
        <source>DRR in a view of its own</source>
        <translation>DRR in eigener Ansicht</translation>
    </message>
    <message>
        <source>Landmarks where the detector saw them.</source>
        <translation>Landmarken, wo der Detektor sie sah.</translation>
    </message>
    <message>
        <source>Detected landmarks</source>
        <translation>Gefundene Landmarken</translation>
    </message>
    <message>
        <source>The same landmarks, projected by the pose.</source>
        <translation>Dieselben Landmarken, mit der Pose projiziert.</translation>
    </message>
    <message>
        <source>Reprojected</source>
        <translation>Reprojiziert</translation>
    </message>
    <message>
        <source>Detections that the pose contradicts.</source>
        <translation>Funde, denen die Pose widerspricht.</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>Verworfen</translation>
    </message>
    <message>
        <source>From each detection to its reprojection.</source>
        <translation>Von jedem Fund zu seiner Reprojektion.</translation>
    </message>
    <message>
        <source>Residual lines</source>
        <translation>Residuenlinien</translation>
    </message>
    <message>
        <source>The pyramid of the beam: blue for the pose as it stands, green for the one that the registration started from.</source>
        <translation>Die Pyramide des Strahls: blau für die Pose, wie sie steht, grün für die, von der die Registrierung ausging.</translation>
    </message>
    <message>
        <source>Frustum</source>
        <translation>Strahlkegel</translation>
    </message>
    <message>
        <source>The source and its central ray.</source>
        <translation>Die Quelle und ihr Zentralstrahl.</translation>
    </message>
    <message>
        <source>Source and ray</source>
        <translation>Quelle und Strahl</translation>
    </message>
    <message>
        <source>Let the 3D view look through the source of the selected X-ray.</source>
        <translation>Die 3D-Ansicht durch die Quelle des ausgewählten Röntgenbilds blicken lassen.</translation>
    </message>
    <message>
        <source>Look through the source</source>
        <translation>Durch die Quelle blicken</translation>
    </message>
    <message>
        <source>Show the views of this module: X-ray and 3D.</source>
        <translation>Die Ansichten dieses Moduls zeigen: Röntgenbild und 3D.</translation>
    </message>
    <message>
        <source>Show views</source>
        <translation>Ansichten zeigen</translation>
    </message>
    <message>
        <source>Where the pose is wrong: tell which landmarks of the selected X-ray are right or wrong, and solve again.</source>
        <translation>Wo die Pose falsch ist: angeben, welche Landmarken des ausgewählten Röntgenbilds richtig oder falsch sind, und neu lösen.</translation>
    </message>
    <message>
        <source>Correct landmarks</source>
        <translation>Landmarken korrigieren</translation>
    </message>
    <message>
        <source>What to do, or why it cannot be done now.</source>
        <translation>Was zu tun ist, oder warum es jetzt nicht geht.</translation>
    </message>
    <message>
        <source>The landmarks that are shown, the farthest off first. Uncheck one that is wrong: it is not used.</source>
        <translation>Die gezeigten Landmarken, die am weitesten abweichende zuerst. Eine falsche abwählen: sie wird nicht verwendet.</translation>
    </message>
    <message>
        <source>Keep:</source>
        <translation>Beibehalten:</translation>
    </message>
    <message>
        <source>Solve without turning the bone.</source>
        <translation>Lösen, ohne den Knochen zu drehen.</translation>
    </message>
    <message>
        <source>rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Solve without shifting the bone across the beam.</source>
        <translation>Lösen, ohne den Knochen quer zum Strahl zu verschieben.</translation>
    </message>
    <message>
        <source>position</source>
        <translation>Position</translation>
    </message>
    <message>
        <source>Solve without moving the bone along the beam.</source>
        <translation>Lösen, ohne den Knochen entlang des Strahls zu bewegen.</translation>
    </message>
    <message>
        <source>depth</source>
        <translation>Tiefe</translation>
    </message>
    <message>
        <source>The selected landmark is where it belongs: the pose has to go through it.</source>
        <translation>Die ausgewählte Landmarke ist am richtigen Ort: die Pose muss durch sie gehen.</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Bestätigen</translation>
    </message>
    <message>
        <source>All landmarks as they were detected; nothing confirmed, dragged or left out.</source>
        <translation>Alle Landmarken, wie sie gefunden wurden; nichts bestätigt, gezogen oder weggelassen.</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Find the pose again, by the landmarks as corrected. Undo brings the pose before back.</source>
        <translation>Die Pose neu finden, mit den korrigierten Landmarken. Rückgängig bringt die vorige Pose zurück.</translation>
    </message>
    <message>
        <source>Solve again</source>
        <translation>Neu lösen</translation>
    </message>
    <message>
        <source>Heat map of:</source>
        <translation>Heatmap für:</translation>
    </message>
    <message>
        <source>A point in the CT: the heat map shows where the detector sees it in the X-ray, and the true pixel once there is a pose.</source>
        <translation>Ein Punkt im CT: die Heatmap zeigt, wo der Detektor ihn im Röntgenbild sieht, und das wahre Pixel, sobald es eine Pose gibt.</translation>
    </message>
    <message>
        <source>Click a point in the CT; drag it to see the heat map follow.</source>
        <translation>Einen Punkt im CT anklicken; ihn ziehen, und die Heatmap folgt.</translation>
    </message>
    <message>
        <source>Place point</source>
        <translation>Punkt setzen</translation>
    </message>
    <message>
        <source>Where the picked point was seen.</source>
        <translation>Wo der gewählte Punkt gesehen wurde.</translation>
    </message>
    <message>
        <source>Every registration and assessment of these X-rays, with what it was worth.</source>
        <translation>Jede Registrierung und Bewertung dieser Röntgenbilder, mit dem, was sie wert war.</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>The newest first. Select one to compare it with what is shown, two to compare them; double-click to comment.</source>
        <translation>Die neueste zuerst. Eine auswählen, um sie mit dem Gezeigten zu vergleichen, zwei, um sie zu vergleichen; Doppelklick zum Kommentieren.</translation>
    </message>
    <message>
        <source>How far apart the poses put the middle of the bone, before each X-ray&apos;s camera.</source>
        <translation>Wie weit die Posen die Mitte des Knochens auseinander setzen, vor der Kamera jedes Röntgenbilds.</translation>
    </message>
    <message>
        <source>Show the poses and geometry of the selected registration again.</source>
        <translation>Posen und Geometrie der ausgewählten Registrierung wieder zeigen.</translation>
    </message>
    <message>
        <source>Go back</source>
        <translation>Zurückgehen</translation>
    </message>
    <message>
        <source>Show the overlay of the one, then of the other.</source>
        <translation>Die Überlagerung der einen zeigen, dann die der anderen.</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>Umschalten</translation>
    </message>
    <message>
        <source>Write transforms, result (JSON), tables (CSV), pictures (PNG), DICOM registration and a report (HTML, PDF) into a folder.</source>
        <translation>Transformationen, Ergebnis (JSON), Tabellen (CSV), Bilder (PNG), DICOM-Registrierung und einen Bericht (HTML, PDF) in einen Ordner schreiben.</translation>
    </message>
    <message>
        <source>Export...</source>
        <translation>Exportieren...</translation>
    </message>
    <message>
        <source>What was written.</source>
        <translation>Was geschrieben wurde.</translation>
    </message>
    <message>
        <source>Follow bones and implants through X-rays of several frames, from the pose of one frame.</source>
        <translation>Knochen und Implantate durch Röntgenbilder mit mehreren Einzelbildern verfolgen, ausgehend von der Pose in einem davon.</translation>
    </message>
    <message>
        <source>Track</source>
        <translation>Verfolgen</translation>
    </message>
    <message>
        <source>Follow the bones of the CT: all together, or each segment on its own where bones move apart.</source>
        <translation>Die Knochen des CT verfolgen: alle zusammen, oder jedes Segment für sich, wo Knochen sich gegeneinander bewegen.</translation>
    </message>
    <message>
        <source>Bones of the CT</source>
        <translation>Knochen des CT</translation>
    </message>
    <message>
        <source>Models that are followed with the bones, or alone. The first body stays where it is, and the C-arm moves; the others move beside it.</source>
        <translation>Modelle, die mit den Knochen oder allein verfolgt werden. Der erste Körper bleibt stehen, und der C-Bogen bewegt sich; die anderen bewegen sich neben ihm.</translation>
    </message>
    <message>
        <source>A surface model in mm, such as an implant&apos;s, placed about where the X-rays show it.</source>
        <translation>Ein Oberflächenmodell in mm, etwa eines Implantats, ungefähr dort, wo die Röntgenbilder es zeigen.</translation>
    </message>
    <message>
        <source>What the model is made of: metal is followed by its outline, the others by what they attenuate.</source>
        <translation>Woraus das Modell besteht: Metall wird an seinem Umriss verfolgt, anderes an seiner Schwächung.</translation>
    </message>
    <message>
        <source>Follow this model.</source>
        <translation>Dieses Modell verfolgen.</translation>
    </message>
    <message>
        <source>Do not follow the selected model.</source>
        <translation>Das ausgewählte Modell nicht verfolgen.</translation>
    </message>
    <message>
        <source>Frame:</source>
        <translation>Einzelbild:</translation>
    </message>
    <message>
        <source>The frame of all X-rays. Tracking starts from it, with the pose that is shown.</source>
        <translation>Das Einzelbild aller Röntgenbilder. Von ihm geht die Verfolgung aus, mit der gezeigten Pose.</translation>
    </message>
    <message>
        <source>Go to frames that were taken at the same time in the table of X-rays, then press this.</source>
        <translation>In der Tabelle der Röntgenbilder Bilder wählen, die zur selben Zeit aufgenommen wurden, dann hier drücken.</translation>
    </message>
    <message>
        <source>Taken together</source>
        <translation>Gehören zusammen</translation>
    </message>
    <message>
        <source>Track frames:</source>
        <translation>Bilder verfolgen:</translation>
    </message>
    <message>
        <source>The first frame that is tracked.</source>
        <translation>Das erste verfolgte Einzelbild.</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
    <message>
        <source>The last frame that is tracked.</source>
        <translation>Das letzte verfolgte Einzelbild.</translation>
    </message>
    <message>
        <source>every</source>
        <translation>jedes</translation>
    </message>
    <message>
        <source>1: each frame; 2: every second one, and so on, counted from the frame that is shown.</source>
        <translation>1: jedes Einzelbild; 2: jedes zweite und so weiter, vom gezeigten Einzelbild aus gezählt.</translation>
    </message>
    <message>
        <source>Which way from the frame that is shown; frames on the other side stay as they are.</source>
        <translation>In welche Richtung vom gezeigten Einzelbild aus; Bilder auf der anderen Seite bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>The frame that is shown is not tracked, such as one that is blurred; frames beside it are.</source>
        <translation>Das gezeigte Bild wird nicht verfolgt, etwa weil es verwackelt ist; die Bilder daneben schon.</translation>
    </message>
    <message>
        <source>Leave this frame out</source>
        <translation>Dieses Bild auslassen</translation>
    </message>
    <message>
        <source>Nothing is known of where the bodies are in the frame that is shown: each is searched for, from any view, which takes up to two minutes a body.</source>
        <translation>Von der Lage der Körper im gezeigten Bild ist nichts bekannt: Jeder wird gesucht, aus jeder Blickrichtung, was bis zu zwei Minuten je Körper dauert.</translation>
    </message>
    <message>
        <source>Look for the bodies in this frame first</source>
        <translation>Die Körper in diesem Bild zuerst suchen</translation>
    </message>
    <message>
        <source>The pose of the frame that is shown is right as it is, such as one that you corrected by hand: it is judged, not refined.</source>
        <translation>Die Pose des gezeigten Einzelbilds stimmt, wie sie ist, etwa eine von Hand korrigierte: sie wird bewertet, nicht verfeinert.</translation>
    </message>
    <message>
        <source>Keep the pose of this frame as it is</source>
        <translation>Die Pose dieses Bilds behalten</translation>
    </message>
    <message>
        <source>Follow the bodies through the frames.</source>
        <translation>Die Körper durch die Einzelbilder verfolgen.</translation>
    </message>
    <message>
        <source>Go to the next frame that is not trusted.</source>
        <translation>Zum nächsten Einzelbild gehen, das nicht verlässlich ist.</translation>
    </message>
    <message>
        <source>Next not trusted</source>
        <translation>Nächstes unsichere</translation>
    </message>
    <message>
        <source>Plot:</source>
        <translation>Diagramm:</translation>
    </message>
    <message>
        <source>What is drawn over the frames. Joint angles: how the second body stands to the first, about the world&apos;s axes (right, front, up) where they stood when tracking began.</source>
        <translation>Was über den Bildern gezeichnet wird. Gelenkwinkel: wie der zweite Körper zum ersten steht, um die Achsen der Welt (rechts, vorn, oben), wo sie zu Beginn der Verfolgung standen.</translation>
    </message>
    <message>
        <source>Joint:</source>
        <translation>Gelenk:</translation>
    </message>
    <message>
        <source>Names the angles, by Grood and Suntay and the ISB; the first body is the one nearer to the trunk.</source>
        <translation>Benennt die Winkel, nach Grood und Suntay und der ISB; der erste Körper ist der rumpfnähere.</translation>
    </message>
    <message>
        <source>The signs of adduction and rotation depend on the side.</source>
        <translation>Die Vorzeichen von Adduktion und Rotation hängen von der Seite ab.</translation>
    </message>
    <message>
        <source>right side</source>
        <translation>rechte Seite</translation>
    </message>
    <message>
        <source>Axes:</source>
        <translation>Achsen:</translation>
    </message>
    <message>
        <source>Three points on the first body, as it stands in the frame that is shown: its origin, one up along its long axis, one towards the patient&apos;s right. Without them: the world&apos;s axes where it stood when tracking began, which are the patient&apos;s of a bone in a CT.</source>
        <translation>Drei Punkte auf dem ersten Körper, wie er im gezeigten Einzelbild steht: sein Ursprung, einer aufwärts entlang seiner Längsachse, einer zur rechten Seite des Patienten. Ohne sie: die Achsen der Welt, wo er bei Beginn der Verfolgung stand; bei einem Knochen im CT sind das die des Patienten.</translation>
    </message>
    <message>
        <source>Three points on the second body, as it stands in the frame that is shown: its origin, one up along its long axis, one towards the patient&apos;s right. Without them: the world&apos;s axes where it stood when tracking began, which are the patient&apos;s of a bone in a CT.</source>
        <translation>Drei Punkte auf dem zweiten Körper, wie er im gezeigten Einzelbild steht: sein Ursprung, einer aufwärts entlang seiner Längsachse, einer zur rechten Seite des Patienten. Ohne sie: die Achsen der Welt, wo er bei Beginn der Verfolgung stand; bei einem Knochen im CT sind das die des Patienten.</translation>
    </message>
    <message>
        <source>What was tracked, or what to do first.</source>
        <translation>Was verfolgt wurde, oder was zuerst zu tun ist.</translation>
    </message>
    <message>
        <source>The plan of the operation, drawn on the X-rays; and points and tools in the CT, from clicks in the X-rays.</source>
        <translation>Der Operationsplan, in die Röntgenbilder gezeichnet; und Punkte und Werkzeuge im CT, aus Klicks in den Röntgenbildern.</translation>
    </message>
    <message>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>Markups, models and segments in the space of the CT. A ticked one is drawn on every X-ray that has a pose, live while it is edited; dashed outside the field of the X-ray.</source>
        <translation>Markierungen, Modelle und Segmente im Raum des CT. Ein angehaktes wird in jedes Röntgenbild gezeichnet, das eine Pose hat, laufend, während es bearbeitet wird; gestrichelt außerhalb des Bildfelds.</translation>
    </message>
    <message>
        <source>Goes with:</source>
        <translation>Gehört zu:</translation>
    </message>
    <message>
        <source>Bones moved apart since the CT: the one that takes the selected target along.</source>
        <translation>Knochen, die sich seit dem CT gegeneinander bewegt haben: der, der das ausgewählte Ziel mitnimmt.</translation>
    </message>
    <message>
        <source>Thin lines beside a target: 95 of 100 errors of a right pose lie between them. In 3D an ellipsoid around each point, long in depth.</source>
        <translation>Dünne Linien neben einem Ziel: 95 von 100 Fehlern einer richtigen Pose liegen zwischen ihnen. In 3D ein Ellipsoid um jeden Punkt, lang in der Tiefe.</translation>
    </message>
    <message>
        <source>Show the expected error</source>
        <translation>Zu erwartenden Fehler zeigen</translation>
    </message>
    <message>
        <source>What to do next.</source>
        <translation>Was als Nächstes zu tun ist.</translation>
    </message>
    <message>
        <source>Click a point in an X-ray: its ray is shown in the CT, and where it lies in the other X-rays.</source>
        <translation>Einen Punkt in einem Röntgenbild anklicken: sein Strahl wird im CT gezeigt, und wo er in den anderen Röntgenbildern liegt.</translation>
    </message>
    <message>
        <source>Click in X-ray</source>
        <translation>Im Röntgenbild klicken</translation>
    </message>
    <message>
        <source>Take all clicks, rays and found points away.</source>
        <translation>Alle Klicks, Strahlen und gefundenen Punkte entfernen.</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>The clicks are of a straight tool: two places on it in each of two X-rays, which need not be the same places.</source>
        <translation>Die Klicks gehören zu einem geraden Werkzeug: zwei Stellen darauf in jedem von zwei Röntgenbildern; es müssen nicht dieselben Stellen sein.</translation>
    </message>
    <message>
        <source>of a tool</source>
        <translation>Werkzeug</translation>
    </message>
    <message>
        <source>Planned line:</source>
        <translation>Geplante Linie:</translation>
    </message>
    <message>
        <source>The planned trajectory that a tool is compared with: angle and distance.</source>
        <translation>Die geplante Trajektorie, mit der ein Werkzeug verglichen wird: Winkel und Abstand.</translation>
    </message>
    <message>
        <source>What the clicks say, in the space of the CT.</source>
        <translation>Was die Klicks ergeben, im Raum des CT.</translation>
    </message>
    <message>
        <source>The CT adjusted to the X-rays: bones that stand otherwise, fragments, a change of shape. An adjusted copy is made; the CT itself is not touched.</source>
        <translation>Das CT an die Röntgenbilder angepasst: Knochen, die anders stehen, Fragmente, eine Formänderung. Es entsteht eine angepasste Kopie; das CT selbst bleibt unberührt.</translation>
    </message>
    <message>
        <source>Reconstruct</source>
        <translation>Rekonstruieren</translation>
    </message>
    <message>
        <source>The segments ticked below turn about the joint with their neighbor. One X-ray is enough.</source>
        <translation>Die unten angehakten Segmente drehen sich um das Gelenk mit ihrem Nachbarn. Ein Röntgenbild genügt.</translation>
    </message>
    <message>
        <source>Bones may turn in their joints</source>
        <translation>Knochen dürfen sich in ihren Gelenken drehen</translation>
    </message>
    <message>
        <source>Tick the segments that turn in their joints; the others stay together.</source>
        <translation>Die Segmente anhaken, die sich in ihren Gelenken drehen; die anderen bleiben beisammen.</translation>
    </message>
    <message>
        <source>A joint may shift by</source>
        <translation>Ein Gelenk darf sich verschieben um</translation>
    </message>
    <message>
        <source>Standard deviation along each axis; a shift of more than 5 mm is reported as out of joint.</source>
        <translation>Standardabweichung entlang jeder Achse; eine Verschiebung von mehr als 5 mm wird als Luxation gemeldet.</translation>
    </message>
    <message>
        <source>The segments ticked below moved in all six degrees. It takes two X-rays of a calibrated rig; with one it is shown, not trusted.</source>
        <translation>Die unten angehakten Segmente haben sich in allen sechs Freiheitsgraden bewegt. Dazu braucht es zwei Röntgenbilder einer kalibrierten Anordnung; mit einem wird es gezeigt, aber nicht als verlässlich.</translation>
    </message>
    <message>
        <source>Fragments may have moved</source>
        <translation>Fragmente können sich bewegt haben</translation>
    </message>
    <message>
        <source>Tick the segments that broke off; the others stay together.</source>
        <translation>Die abgebrochenen Segmente anhaken; die anderen bleiben beisammen.</translation>
    </message>
    <message>
        <source>A smooth change of the bone&apos;s shape. It takes two X-rays of a calibrated rig; with one it is shown, not trusted.</source>
        <translation>Eine glatte Änderung der Knochenform. Dazu braucht es zwei Röntgenbilder einer kalibrierten Anordnung; mit einem wird sie gezeigt, aber nicht als verlässlich.</translation>
    </message>
    <message>
        <source>The shape may differ</source>
        <translation>Die Form darf abweichen</translation>
    </message>
    <message>
        <source>It may differ by</source>
        <translation>Sie darf abweichen um</translation>
    </message>
    <message>
        <source>Standard deviation along each axis. More than 2.4 mm is loose for one or two X-rays: the result is then shown, not trusted.</source>
        <translation>Standardabweichung entlang jeder Achse. Mehr als 2,4 mm ist für ein oder zwei Röntgenbilder zu lose: das Ergebnis wird dann gezeigt, aber nicht als verlässlich.</translation>
    </message>
    <message>
        <source>Metal that the CT does not hold, such as a screw: found by its shadows as a rod, or as what they leave room for. It takes four X-rays of a calibrated rig and more; each is left out in its turn and must show what the others tell. Of fewer X-rays its place does not follow: its shadow is outlined on them.</source>
        <translation>Metall, das das CT nicht enthält, etwa eine Schraube: an seinen Schatten als Stab gefunden, oder als das, wofür sie Platz lassen. Es braucht vier Röntgenbilder einer kalibrierten Anordnung und mehr; jedes wird einmal ausgelassen und muss zeigen, was die anderen sagen. Aus weniger Röntgenbildern folgt sein Ort nicht: sein Schatten wird auf ihnen umrandet.</translation>
    </message>
    <message>
        <source>There may be new metal</source>
        <translation>Es kann neues Metall da sein</translation>
    </message>
    <message>
        <source>of this shape</source>
        <translation>von dieser Form</translation>
    </message>
    <message>
        <source>A closed surface model in mm of the new metal, wherever it lies: it is fitted to its shadows in two X-rays and more. None: what casts the shadows is not known.</source>
        <translation>Ein geschlossenes Oberflächenmodell des neuen Metalls in mm, wo immer es liegt: es wird in zwei Röntgenbildern und mehr an seine Schatten angepasst. Keines: was die Schatten wirft, ist nicht bekannt.</translation>
    </message>
    <message>
        <source>What the model is made of.</source>
        <translation>Woraus das Modell besteht.</translation>
    </message>
    <message>
        <source>Make an adjusted copy of the CT; the CT itself is not touched.</source>
        <translation>Eine angepasste Kopie des CT machen; das CT selbst bleibt unberührt.</translation>
    </message>
    <message>
        <source>Adjust CT to X-rays</source>
        <translation>CT an Röntgenbilder anpassen</translation>
    </message>
    <message>
        <source>What came of it, or what to do next.</source>
        <translation>Was daraus wurde, oder was als Nächstes zu tun ist.</translation>
    </message>
    <message>
        <source>On: the adjusted bone on the X-rays and in 3D. Off: the bone as it is in the CT.</source>
        <translation>Ein: der angepasste Knochen auf den Röntgenbildern und in 3D. Aus: der Knochen, wie er im CT ist.</translation>
    </message>
    <message>
        <source>Show the adjusted bone</source>
        <translation>Angepassten Knochen zeigen</translation>
    </message>
    <message>
        <source>How sure it is where each place of the bone lies, against the largest bone.</source>
        <translation>Wie sicher der Ort jeder Stelle des Knochens ist, gegenüber dem größten Knochen.</translation>
    </message>
    <message>
        <source>Color it by its standard deviation</source>
        <translation>Nach Standardabweichung einfärben</translation>
    </message>
    <message>
        <source>What the colors of the adjusted bone mean.</source>
        <translation>Was die Farben des angepassten Knochens bedeuten.</translation>
    </message>
    <message>
        <source>Without a CT, from the selected X-ray alone:</source>
        <translation>Ohne CT, allein aus dem gewählten Röntgenbild:</translation>
    </message>
    <message>
        <source>Bone&apos;s distance from the source</source>
        <translation>Abstand des Knochens von der Quelle</translation>
    </message>
    <message>
        <source>Mean distance of the bone in view from the source, in mm; 0: that of the CT&apos;s bone where it was registered, else from the geometry. One X-ray does not show it, and the surface is as large as it makes it.</source>
        <translation>Mittlerer Abstand des sichtbaren Knochens von der Quelle, in mm; 0: der des Knochens im CT, wo dieses registriert wurde, sonst aus der Geometrie. Ein einzelnes Röntgenbild zeigt ihn nicht, und die Oberfläche ist so groß, wie er sie macht.</translation>
    </message>
    <message>
        <source>from the geometry</source>
        <translation>aus der Geometrie</translation>
    </message>
    <message>
        <source>The bone&apos;s surface in 3D as a network guesses it from the selected X-ray alone. It needs no CT.</source>
        <translation>Die Oberfläche des Knochens in 3D, wie ein Netz sie allein aus dem gewählten Röntgenbild schätzt. Ein CT ist nicht nötig.</translation>
    </message>
    <message>
        <source>Bone from X-ray</source>
        <translation>Knochen aus Röntgenbild</translation>
    </message>
    <message>
        <source>A C-arm that is not there: plan a view, learn to find one, make X-rays to try the registration on.</source>
        <translation>Ein C-Bogen, den es nicht gibt: eine Ansicht planen, das Einstellen üben, Röntgenbilder zum Erproben der Registrierung machen.</translation>
    </message>
    <message>
        <source>Virtual X-ray</source>
        <translation>Virtuelles Röntgenbild</translation>
    </message>
    <message>
        <source>Stand the C-arm about the CT, with its live picture in the X-ray view.</source>
        <translation>Den C-Bogen um das CT stellen, mit seinem laufenden Bild in der Röntgenansicht.</translation>
    </message>
    <message>
        <source>Show the C-arm</source>
        <translation>C-Bogen zeigen</translation>
    </message>
    <message>
        <source>Move the C-arm by arrows and rings in the 3D view.</source>
        <translation>Den C-Bogen mit Pfeilen und Ringen in der 3D-Ansicht bewegen.</translation>
    </message>
    <message>
        <source>Move in 3D</source>
        <translation>In 3D bewegen</translation>
    </message>
    <message>
        <source>Turn about the middle of the CT.</source>
        <translation>Um die Mitte des CT drehen.</translation>
    </message>
    <message>
        <source>Centre</source>
        <translation>Zentrieren</translation>
    </message>
    <message>
        <source>View:</source>
        <translation>Ansicht:</translation>
    </message>
    <message>
        <source>A usual view; the angles below follow. The obturator oblique of a side is the iliac oblique of the other.</source>
        <translation>Eine übliche Ansicht; die Winkel darunter folgen. Die Obturator-Aufnahme der einen Seite ist die Ala-Aufnahme der anderen.</translation>
    </message>
    <message>
        <source>Positioner primary angle: the detector behind the patient at 180, in front at 0, positive at the patient&apos;s left (LAO).</source>
        <translation>Primärwinkel des C-Bogens: Detektor hinter dem Patienten bei 180, davor bei 0, positiv auf der linken Seite des Patienten (LAO).</translation>
    </message>
    <message>
        <source>Isocentre (RAS):</source>
        <translation>Isozentrum (RAS):</translation>
    </message>
    <message>
        <source>What the C-arm turns about and its central ray passes, towards the patient&apos;s right.</source>
        <translation>Worum sich der C-Bogen dreht und wodurch sein Zentralstrahl geht, nach rechts am Patienten.</translation>
    </message>
    <message>
        <source>R </source>
        <translation>R </translation>
    </message>
    <message>
        <source>What the C-arm turns about and its central ray passes, towards the patient&apos;s front.</source>
        <translation>Worum sich der C-Bogen dreht und wodurch sein Zentralstrahl geht, nach vorn am Patienten.</translation>
    </message>
    <message>
        <source>A </source>
        <translation>A </translation>
    </message>
    <message>
        <source>What the C-arm turns about and its central ray passes, towards the patient&apos;s head.</source>
        <translation>Worum sich der C-Bogen dreht und wodurch sein Zentralstrahl geht, zum Kopf des Patienten.</translation>
    </message>
    <message>
        <source>S </source>
        <translation>S </translation>
    </message>
    <message>
        <source>Distance of the detector from the source, along the beam.</source>
        <translation>Abstand des Detektors von der Quelle, entlang des Strahls.</translation>
    </message>
    <message>
        <source>Source to isocentre:</source>
        <translation>Fokus-Isozentrum:</translation>
    </message>
    <message>
        <source>Distance of the isocentre from the source: the nearer, the larger the picture.</source>
        <translation>Abstand des Isozentrums von der Quelle: je näher, desto größer das Bild.</translation>
    </message>
    <message>
        <source>Detector:</source>
        <translation>Detektor:</translation>
    </message>
    <message>
        <source>Side of the square field on the detector.</source>
        <translation>Seite des quadratischen Bildfelds auf dem Detektor.</translation>
    </message>
    <message>
        <source>Pixels along the side of an X-ray that is taken.</source>
        <translation>Pixel entlang der Seite eines aufgenommenen Röntgenbilds.</translation>
    </message>
    <message>
        <source> px</source>
        <translation> px</translation>
    </message>
    <message>
        <source>How the X-ray is taken: it counts for Expose, not for the live picture.</source>
        <translation>Wie das Röntgenbild aufgenommen wird: es zählt für Aufnehmen, nicht für das laufende Bild.</translation>
    </message>
    <message>
        <source>Exposure</source>
        <translation>Aufnahmetechnik</translation>
    </message>
    <message>
        <source>Tube:</source>
        <translation>Röhre:</translation>
    </message>
    <message>
        <source>Tube voltage.</source>
        <translation>Röhrenspannung.</translation>
    </message>
    <message>
        <source> kVp</source>
        <translation> kVp</translation>
    </message>
    <message>
        <source>Filters:</source>
        <translation>Filter:</translation>
    </message>
    <message>
        <source>Filter of aluminium.</source>
        <translation>Filter aus Aluminium.</translation>
    </message>
    <message>
        <source>Al </source>
        <translation>Al </translation>
    </message>
    <message>
        <source>Filter of copper.</source>
        <translation>Filter aus Kupfer.</translation>
    </message>
    <message>
        <source>Cu </source>
        <translation>Cu </translation>
    </message>
    <message>
        <source>Grid:</source>
        <translation>Raster:</translation>
    </message>
    <message>
        <source>Ratio of the anti-scatter grid.</source>
        <translation>Schachtverhältnis des Streustrahlenrasters.</translation>
    </message>
    <message>
        <source>Photons a pixel:</source>
        <translation>Photonen je Pixel:</translation>
    </message>
    <message>
        <source>Photons that reach a pixel of the open beam: more give less noise and more dose. Automatic: as many as are needed behind the body.</source>
        <translation>Photonen, die im offenen Strahl auf ein Pixel treffen: mehr geben weniger Rauschen und mehr Dosis. Automatisch: so viele, wie hinter dem Körper nötig sind.</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Scatter followed to:</source>
        <translation>Streustrahlung bis:</translation>
    </message>
    <message>
        <source>Standard error of the scatter; half of it takes four times as long.</source>
        <translation>Standardfehler der Streustrahlung; die Hälfte davon dauert viermal so lang.</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source>Take the X-ray: exact primary, scatter by Monte Carlo, noise. It comes into the table of X-rays with its geometry; the button becomes Cancel while it runs.</source>
        <translation>Das Röntgenbild aufnehmen: exakte Primärstrahlung, Streustrahlung durch Monte Carlo, Rauschen. Es kommt mit seiner Geometrie in die Tabelle der Röntgenbilder; solange es läuft, bricht die Taste es ab.</translation>
    </message>
    <message>
        <source>Expose</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>Where the C-arm stands, what was taken, or why nothing can be shown.</source>
        <translation>Wo der C-Bogen steht, was aufgenommen wurde, oder warum nichts gezeigt werden kann.</translation>
    </message>
    <message>
        <source>Choices that rarely need to change.</source>
        <translation>Einstellungen, die selten geändert werden müssen.</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>Trust for:</source>
        <translation>Verlässlich für:</translation>
    </message>
    <message>
        <source>What the pose is for: its verdict decides. Automatic: the overlay of one X-ray, the position of several.</source>
        <translation>Wofür die Pose da ist: die Bewertung dafür entscheidet. Automatisch: bei einem Röntgenbild die Überlagerung, bei mehreren die Position.</translation>
    </message>
    <message>
        <source>Overlay, position within:</source>
        <translation>Überlag., Position bis:</translation>
    </message>
    <message>
        <source>Error allowed of what is drawn on the X-ray, measured at the bone.</source>
        <translation>Erlaubter Fehler des ins Röntgenbild Gezeichneten, am Knochen gemessen.</translation>
    </message>
    <message>
        <source>Error allowed of the bone&apos;s points in space.</source>
        <translation>Erlaubter Fehler der Knochenpunkte im Raum.</translation>
    </message>
    <message>
        <source>Method:</source>
        <translation>Verfahren:</translation>
    </message>
    <message>
        <source>How poses are found: by comparing DRRs, by landmarks, or whichever suits.</source>
        <translation>Wie Posen gefunden werden: durch Vergleich von DRRs, durch Landmarken, oder was besser passt.</translation>
    </message>
    <message>
        <source>Compute on:</source>
        <translation>Rechnen auf:</translation>
    </message>
    <message>
        <source>Automatic uses a graphics card where there is one.</source>
        <translation>Automatisch nimmt eine Grafikkarte, wo es eine gibt.</translation>
    </message>
    <message>
        <source>Where it is computed.</source>
        <translation>Wo gerechnet wird.</translation>
    </message>
    <message>
        <source>Start may be off by:</source>
        <translation>Start weicht ab bis:</translation>
    </message>
    <message>
        <source>How far a start pose may be turned.</source>
        <translation>Wie weit eine Startpose verdreht sein kann.</translation>
    </message>
    <message>
        <source>How far a start pose may be shifted.</source>
        <translation>Wie weit eine Startpose verschoben sein kann.</translation>
    </message>
    <message>
        <source>Random seed:</source>
        <translation>Startwert des Zufalls:</translation>
    </message>
    <message>
        <source>The same seed gives the same result.</source>
        <translation>Derselbe Startwert gibt dasselbe Ergebnis.</translation>
    </message>
    <message>
        <source>Detector weights:</source>
        <translation>Gewichte des Detektors:</translation>
    </message>
    <message>
        <source>A weights file of the landmark detector; empty for the weights that come with the module, or those trained for this patient.</source>
        <translation>Eine Datei mit Gewichten des Landmarkendetektors; leer für die mitgelieferten oder die auf diesen Patienten trainierten.</translation>
    </message>
    <message>
        <source>Kept on disk:</source>
        <translation>Auf der Festplatte:</translation>
    </message>
    <message>
        <source>Prepared CTs that are kept, so that the next registration of the same CT starts at once.</source>
        <translation>Vorbereitete CTs, die behalten werden, damit die nächste Registrierung desselben CT sofort beginnt.</translation>
    </message>
    <message>
        <source>Delete the prepared CTs from the disk.</source>
        <translation>Die vorbereiteten CTs von der Festplatte löschen.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationLib</name>
    <message>
        <source>&apos;{key}&apos; in {path} is not a key that is read; it was left out{hint}</source>
        <translation>&apos;{key}&apos; in {path} ist kein Schlüssel, der gelesen wird; er blieb weg{hint}</translation>
    </message>
    <message>
        <source>&apos;{key}&apos; in {path} is not supported; {what_to_do}</source>
        <translation>&apos;{key}&apos; in {path} wird nicht unterstützt; {what_to_do}</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; is not file:material or file:material:unit; units are {UNITS_MM}</source>
        <translation>&apos;{text}&apos; ist nicht Datei:Material oder Datei:Material:Einheit; Einheiten sind {UNITS_MM}</translation>
    </message>
    <message>
        <source>&apos;{words}&apos; behind {path} is neither a material nor a label map that exists</source>
        <translation>&apos;{words}&apos; hinter {path} ist weder ein Material noch ein vorhandenes Labelvolumen</translation>
    </message>
    <message>
        <source>A source-to-detector distance of {value} mm is unlikely; check it (mm, not cm or m)</source>
        <translation>Ein Fokus-Detektor-Abstand von {value} mm ist unwahrscheinlich; ihn prüfen (mm, nicht cm oder m)</translation>
    </message>
    <message>
        <source>Beam meets the image at</source>
        <translation>Strahl trifft das Bild bei</translation>
    </message>
    <message>
        <source>Bone may be {_WORDS}, as {photometric} shown with white bone; it is found out</source>
        <translation>Knochen ist vielleicht {_WORDS}, da {photometric} mit weißem Knochen gezeigt; es wird ermittelt</translation>
    </message>
    <message>
        <source>CT registered to an X-ray</source>
        <translation>CT, registriert auf ein Röntgenbild</translation>
    </message>
    <message>
        <source>DICOM, PNG, TIFF, JPEG, NRRD, MHA or NIfTI</source>
        <translation>DICOM, PNG, TIFF, JPEG, NRRD, MHA oder NIfTI</translation>
    </message>
    <message>
        <source>Detector primary angle</source>
        <translation>Primärwinkel des Detektors</translation>
    </message>
    <message>
        <source>Detector secondary angle</source>
        <translation>Sekundärwinkel des Detektors</translation>
    </message>
    <message>
        <source>DiffDRR&apos;s orientation must be None, &apos;AP&apos; or &apos;PA&apos;, not {orientation}</source>
        <translation>die Orientierung von DiffDRR muss None, &apos;AP&apos; oder &apos;PA&apos; sein, nicht {orientation}</translation>
    </message>
    <message>
        <source>Field of View Origin and detector size put the beam outside the image, so the image&apos;s centre is used instead</source>
        <translation>Field of View Origin und Detektorgröße legen den Strahl außerhalb des Bildes, daher wird stattdessen die Bildmitte verwendet</translation>
    </message>
    <message>
        <source>Field of View Rotation is {rotation} degrees; only quarter turns are defined: it is not used</source>
        <translation>Field of View Rotation ist {rotation} Grad; nur Vierteldrehungen sind definiert: sie wird nicht verwendet</translation>
    </message>
    <message>
        <source>For research use, not for clinical use</source>
        <translation>Für die Forschung, nicht für den klinischen Gebrauch</translation>
    </message>
    <message>
        <source>Gantry angle</source>
        <translation>Gantrywinkel</translation>
    </message>
    <message>
        <source>How it was found</source>
        <translation>Wie sie gefunden wurde</translation>
    </message>
    <message>
        <source>Image flipped left to right</source>
        <translation>Bild von links nach rechts gespiegelt</translation>
    </message>
    <message>
        <source>Image turned clockwise by</source>
        <translation>Bild im Uhrzeigersinn gedreht um</translation>
    </message>
    <message>
        <source>Isocentre reference system</source>
        <translation>Bezugssystem des Isozentrums</translation>
    </message>
    <message>
        <source>K and the camera&apos;s place in its rig were derived from the projection matrix</source>
        <translation>K und der Platz der Kamera in der Anordnung wurden aus der Projektionsmatrix abgeleitet</translation>
    </message>
    <message>
        <source>K of {path} {said}; K is used for projection</source>
        <translation>K von {path} {said}; für die Projektion wird K verwendet</translation>
    </message>
    <message>
        <source>K was derived from the source-to-detector distance and the pixel spacing</source>
        <translation>K wurde aus Fokus-Detektor-Abstand und Pixelabstand abgeleitet</translation>
    </message>
    <message>
        <source>Made straight by {residual}; {mean} of the image lies beyond its beads and is masked</source>
        <translation>Begradigt durch {residual}; {mean} des Bildes liegen jenseits seiner Kugeln und sind maskiert</translation>
    </message>
    <message>
        <source>Matrix in {path} must hold 3 rows of 4 numbers</source>
        <translation>Matrix in {path} muss 3 Zeilen zu 4 Zahlen enthalten</translation>
    </message>
    <message>
        <source>NIfTI, NRRD or MetaImage file</source>
        <translation>NIfTI-, NRRD- oder MetaImage-Datei</translation>
    </message>
    <message>
        <source>Not corrected, a distortion of {TYPICAL_AT_EDGE} of the field&apos;s radius at its edge is {told}</source>
        <translation>Nicht korrigiert, ist eine Verzeichnung von {TYPICAL_AT_EDGE} des Bildfeldradius an seinem Rand {told}</translation>
    </message>
    <message>
        <source>Nothing was installed. Registration needs {names}; start it again to be asked again</source>
        <translation>Nichts wurde installiert. Die Registrierung braucht {names}; sie neu starten, um wieder gefragt zu werden</translation>
    </message>
    <message>
        <source>Overlay on the X-ray</source>
        <translation>Überlagerung auf dem Röntgenbild</translation>
    </message>
    <message>
        <source>Patient direction of rows, columns</source>
        <translation>Patientenrichtung der Zeilen, Spalten</translation>
    </message>
    <message>
        <source>Patient position</source>
        <translation>Patientenlagerung</translation>
    </message>
    <message>
        <source>Photometric Interpretation {photometric} contradicts Presentation LUT Shape {shape}</source>
        <translation>Photometric Interpretation {photometric} widerspricht Presentation LUT Shape {shape}</translation>
    </message>
    <message>
        <source>Pixel Spacing is calibrated to the patient ({calibration}) and the magnification is not in the file</source>
        <translation>Pixel Spacing ist auf den Patienten kalibriert ({calibration}), und die Vergrößerung steht nicht in der Datei</translation>
    </message>
    <message>
        <source>Pixel spacing (column, row)</source>
        <translation>Pixelabstand (Spalte, Zeile)</translation>
    </message>
    <message>
        <source>Position in space</source>
        <translation>Position im Raum</translation>
    </message>
    <message>
        <source>Primary angle (LAO positive)</source>
        <translation>Primärwinkel (LAO positiv)</translation>
    </message>
    <message>
        <source>PyTorch could not be installed ({error}); install it in the module PyTorch Util</source>
        <translation>PyTorch konnte nicht installiert werden ({error}); es im Modul PyTorch Util installieren</translation>
    </message>
    <message>
        <source>PyTorch was not installed; install it in the module PyTorch Util, then try again</source>
        <translation>PyTorch wurde nicht installiert; es im Modul PyTorch Util installieren, dann neu versuchen</translation>
    </message>
    <message>
        <source>RAS of the CT</source>
        <translation>RAS des CTs</translation>
    </message>
    <message>
        <source>RayEmbRegistration, as its file CITATION.cff says; landmarks after P. Shrestha, C. Xie, Y. Yoshii, I. Kitahara: RayEmb: Arbitrary Landmark Detection in X-Ray Images Using Ray Embedding Subspace, ACCV 2024, arXiv:2410.08152</source>
        <translation>RayEmbRegistration, wie in seiner Datei CITATION.cff; Landmarken nach P. Shrestha, C. Xie, Y. Yoshii, I. Kitahara: RayEmb: Arbitrary Landmark Detection in X-Ray Images Using Ray Embedding Subspace, ACCV 2024, arXiv:2410.08152</translation>
    </message>
    <message>
        <source>Registration needs the PyTorch extension. Install it from the Extensions Manager and restart Slicer</source>
        <translation>Die Registrierung braucht die Erweiterung PyTorch. Sie im Extensions Manager installieren und Slicer neu starten</translation>
    </message>
    <message>
        <source>Registration of a CT to X-rays</source>
        <translation>Registrierung eines CTs zu Röntgenbildern</translation>
    </message>
    <message>
        <source>Secondary angle (cranial positive)</source>
        <translation>Sekundärwinkel (kranial positiv)</translation>
    </message>
    <message>
        <source>Seen from the detector (mirrored)</source>
        <translation>Vom Detektor aus gesehen (gespiegelt)</translation>
    </message>
    <message>
        <source>Source to detector</source>
        <translation>Fokus-Detektor-Abstand</translation>
    </message>
    <message>
        <source>Source to isocentre</source>
        <translation>Fokus-Isozentrum-Abstand</translation>
    </message>
    <message>
        <source>The C-arm stood {away} degrees from where the plate was seen</source>
        <translation>Der C-Bogen stand {away} Grad von dort, wo die Platte gesehen wurde</translation>
    </message>
    <message>
        <source>The beam is taken to meet the image at ({stored}, {stored2}) px, {value} % away from its centre, as Field of View Origin says; check it if the registration is off to one side</source>
        <translation>Es wird angenommen, dass der Strahl das Bild bei ({stored}, {stored2}) px trifft, {value} % von seiner Mitte entfernt, wie Field of View Origin sagt; prüfen, wenn die Registrierung nach einer Seite verschoben ist</translation>
    </message>
    <message>
        <source>The distortion is interpolated from plates {away} degrees away and more; {told}</source>
        <translation>Die Verzeichnung ist aus Platten interpoliert, die {away} Grad und mehr entfernt sind; {told}</translation>
    </message>
    <message>
        <source>The element {tag} of the file cannot be read and is left out; the file may be damaged</source>
        <translation>Das Element {tag} der Datei ist nicht lesbar und wird weggelassen; die Datei ist vielleicht beschädigt</translation>
    </message>
    <message>
        <source>The field is round, as an image intensifier&apos;s is. Intensifiers distort by millimetres (pincushion and S shape): correct that first for accurate registration, if it was not done and no flat panel with a round shutter took the image</source>
        <translation>Das Bildfeld ist rund, wie bei einem Bildverstärker. Bildverstärker verzeichnen um Millimeter (kissen- und S-förmig): für eine genaue Registrierung das zuerst korrigieren, sofern es nicht geschehen ist und kein Flachdetektor mit runder Blende das Bild aufnahm</translation>
    </message>
    <message>
        <source>The file asks viewers to show the picture {_AS_SHOWN} (orientation {orientation}); it is used as stored, and its camera must be that of the stored picture</source>
        <translation>Die Datei verlangt, das Bild {_AS_SHOWN} zu zeigen (Orientierung {orientation}); es wird verwendet, wie es gespeichert ist, und seine Kamera muss die des gespeicherten Bildes sein</translation>
    </message>
    <message>
        <source>The file contradicts itself on polarity: Pixel Intensity Relationship Sign {sign} says that bone is {_WORDS}, {value} that it is {_WORDS2}; it is found out</source>
        <translation>Die Datei widerspricht sich bei der Polarität: nach Pixel Intensity Relationship Sign {sign} ist Knochen {_WORDS}, nach {value} ist er {_WORDS2}; es wird ermittelt</translation>
    </message>
    <message>
        <source>The file does not say whether bone is bright or dark{low_is_white}; it is found out</source>
        <translation>Die Datei sagt nicht, ob Knochen hell oder dunkel ist{low_is_white}; es wird ermittelt</translation>
    </message>
    <message>
        <source>The file holds {count} frames; the first (frame 0) is used. Choose another with frame</source>
        <translation>Die Datei enthält {count} Einzelbilder; das erste (Bild 0) wird verwendet. Ein anderes mit frame wählen</translation>
    </message>
    <message>
        <source>The file puts the isocentre ({value} mm) behind the detector ({value2} mm); check both distances</source>
        <translation>Nach der Datei liegt das Isozentrum ({value} mm) hinter dem Detektor ({value2} mm); beide Abstände prüfen</translation>
    </message>
    <message>
        <source>The file says that text is burnt into the image</source>
        <translation>Nach der Datei ist Text in das Bild eingebrannt</translation>
    </message>
    <message>
        <source>The file&apos;s Modality LUT is not applied: it is not part of an image stored for display</source>
        <translation>Die Modality LUT der Datei wird nicht angewandt: sie gehört nicht zu einem zur Anzeige gespeicherten Bild</translation>
    </message>
    <message>
        <source>The file&apos;s Modality LUT was applied</source>
        <translation>Die Modality LUT der Datei wurde angewandt</translation>
    </message>
    <message>
        <source>The graphics card&apos;s memory did not suffice; the processor was used instead, which is slower</source>
        <translation>Der Speicher der Grafikkarte reichte nicht; stattdessen wurde der Prozessor verwendet, was langsamer ist</translation>
    </message>
    <message>
        <source>The image comes from an image intensifier, which distorts it by millimetres (pincushion and S shape); correct the distortion first for accurate registration</source>
        <translation>Das Bild stammt von einem Bildverstärker, der um Millimeter verzeichnet (kissen- und S-förmig); für eine genaue Registrierung zuerst die Verzeichnung korrigieren</translation>
    </message>
    <message>
        <source>The image has several components a pixel; its luminance is used</source>
        <translation>Das Bild hat mehrere Komponenten je Pixel; seine Helligkeit wird verwendet</translation>
    </message>
    <message>
        <source>The image is in colour; its luminance is used</source>
        <translation>Das Bild ist farbig; seine Helligkeit wird verwendet</translation>
    </message>
    <message>
        <source>The image is not turned by quarter turns on the receptor; its rows are taken as the camera&apos;s x axis</source>
        <translation>Das Bild ist auf dem Empfänger nicht um Vierteldrehungen gedreht; seine Zeilen werden als x-Achse der Kamera genommen</translation>
    </message>
    <message>
        <source>The image&apos;s transparency is left out</source>
        <translation>Die Transparenz des Bildes wird weggelassen</translation>
    </message>
    <message>
        <source>The {name} in the file leaves {value} % of the image; the rest is masked</source>
        <translation>Die Angabe {name} in der Datei lässt {value} % des Bildes übrig; der Rest ist maskiert</translation>
    </message>
    <message>
        <source>The {name} in the file would leave {value} % of the image; it is ignored</source>
        <translation>Die Angabe {name} in der Datei ließe {value} % des Bildes übrig; sie wird nicht beachtet</translation>
    </message>
    <message>
        <source>This is a subtraction image; bone may have been removed from it</source>
        <translation>Dies ist ein Subtraktionsbild; Knochen kann daraus entfernt worden sein</translation>
    </message>
    <message>
        <source>To cite: {CITATION}</source>
        <translation>Zu zitieren: {CITATION}</translation>
    </message>
    <message>
        <source>Tube voltage</source>
        <translation>Röhrenspannung</translation>
    </message>
    <message>
        <source>Turn about the beam</source>
        <translation>Drehung um den Strahl</translation>
    </message>
    <message>
        <source>X-ray {number}: px; 95 % of errors</source>
        <translation>Röntgenbild {number}: px; 95 % der Fehler</translation>
    </message>
    <message>
        <source>X-ray {number}: {xray}</source>
        <translation>Röntgenbild {number}: {xray}</translation>
    </message>
    <message>
        <source>X-ray {shape}, mask and DRR {shape2} must have the same size in pixels</source>
        <translation>Röntgenbild {shape}, Maske und DRR {shape2} müssen gleich viele Pixel haben</translation>
    </message>
    <message>
        <source>X-rays that adjust one CT need their place in the rig: cameras with world_to_camera</source>
        <translation>Röntgenbilder, die ein CT anpassen, brauchen ihren Platz in der Anordnung: Kameras mit world_to_camera</translation>
    </message>
    <message>
        <source>X-rays that share a pose need their place in the rig</source>
        <translation>Röntgenbilder mit gemeinsamer Pose brauchen ihren Platz in der Anordnung</translation>
    </message>
    <message>
        <source>a C-arm in {where} is damaged ({error}); remove it from the file, or write it again</source>
        <translation>ein C-Bogen in {where} ist beschädigt ({error}); ihn aus der Datei entfernen oder neu schreiben</translation>
    </message>
    <message>
        <source>a C-arm&apos;s place needs its angles</source>
        <translation>der Ort eines C-Bogens braucht seine Winkel</translation>
    </message>
    <message>
        <source>a CT localizer (scout view), {fan}</source>
        <translation>eine CT-Übersichtsaufnahme (Scout), {fan}</translation>
    </message>
    <message>
        <source>a CT needs three dimensions, not {ndim}</source>
        <translation>ein CT braucht drei Dimensionen, nicht {ndim}</translation>
    </message>
    <message>
        <source>a DICOM X-ray holds only a camera whose beam meets the image&apos;s middle, neither turned nor flipped; write .png, which has a camera file beside it</source>
        <translation>ein DICOM-Röntgenbild kann nur eine Kamera enthalten, deren Strahl die Bildmitte trifft, weder gedreht noch gespiegelt; .png schreiben, neben dem eine Kameradatei liegt</translation>
    </message>
    <message>
        <source>a DICOM series was chosen, but {path} is one file; leave --series out</source>
        <translation>eine DICOM-Serie wurde gewählt, aber {path} ist eine einzelne Datei; --series weglassen</translation>
    </message>
    <message>
        <source>a VTK camera cannot mirror; flip the image and its camera horizontally first</source>
        <translation>eine VTK-Kamera kann nicht spiegeln; zuerst Bild und Kamera horizontal spiegeln</translation>
    </message>
    <message>
        <source>a body given with --body lies more than 1.5 m from the CT; it must be in the CT&apos;s RAS, mm</source>
        <translation>ein mit --body angegebener Körper liegt mehr als 1,5 m vom CT entfernt; er muss im RAS des CTs liegen, in mm</translation>
    </message>
    <message>
        <source>a bone has two ends; {pixels} were clicked in an X-ray</source>
        <translation>ein Knochen hat zwei Enden; {pixels} wurden in einem Röntgenbild angeklickt</translation>
    </message>
    <message>
        <source>a camera in {path}: {problem}</source>
        <translation>eine Kamera in {path}: {problem}</translation>
    </message>
    <message>
        <source>a camera, pose or landmark file</source>
        <translation>eine Kamera-, Posen- oder Landmarkendatei</translation>
    </message>
    <message>
        <source>a collimated or empty border ({value} % of the image) was masked</source>
        <translation>ein eingeblendeter oder leerer Rand ({value} % des Bildes) wurde maskiert</translation>
    </message>
    <message>
        <source>a cone of rays</source>
        <translation>ein Strahlkegel</translation>
    </message>
    <message>
        <source>a device; give the name of a file</source>
        <translation>ein Gerät; den Namen einer Datei angeben</translation>
    </message>
    <message>
        <source>a distortion needs at least one image of a plate</source>
        <translation>eine Verzeichnung braucht mindestens ein Bild einer Platte</translation>
    </message>
    <message>
        <source>a field on the detector</source>
        <translation>ein Bildfeld auf dem Detektor</translation>
    </message>
    <message>
        <source>a file of anatomical axes</source>
        <translation>eine Datei anatomischer Achsen</translation>
    </message>
    <message>
        <source>a file of points</source>
        <translation>eine Datei mit Punkten</translation>
    </message>
    <message>
        <source>a file of start poses</source>
        <translation>eine Datei mit Startposen</translation>
    </message>
    <message>
        <source>a filter&apos;s thickness must be zero or more mm, not {thickness} of {material}</source>
        <translation>ein Filter muss null mm dick sein oder mehr, nicht {thickness} aus {material}</translation>
    </message>
    <message>
        <source>a folder; give the name of a file</source>
        <translation>ein Ordner; den Namen einer Datei angeben</translation>
    </message>
    <message>
        <source>a frame in {path} lacks its number or its bodies; track the sequence again</source>
        <translation>einem Einzelbild in {path} fehlt seine Nummer oder seine Körper; die Sequenz neu verfolgen</translation>
    </message>
    <message>
        <source>a grid&apos;s ratio must not be above {_HIGHEST_RATIO}, not {ratio}; 6 to 16 are usual</source>
        <translation>das Verhältnis eines Rasters darf nicht über {_HIGHEST_RATIO} liegen, nicht {ratio}; üblich sind 6 bis 16</translation>
    </message>
    <message>
        <source>a hull has pieces</source>
        <translation>eine Hülle hat Teile</translation>
    </message>
    <message>
        <source>a known implant needs {LEAST_VIEWS_OF_IMPLANT} X-rays and more, from different sides: one alone does not say how far off it is; add one, or leave the implant out to see its shadow</source>
        <translation>ein bekanntes Implantat braucht {LEAST_VIEWS_OF_IMPLANT} Röntgenbilder und mehr, von verschiedenen Seiten: eines allein sagt nicht, wie weit entfernt es ist; eines hinzufügen, oder das Implantat weglassen, um seinen Schatten zu sehen</translation>
    </message>
    <message>
        <source>a landmark file</source>
        <translation>eine Landmarkendatei</translation>
    </message>
    <message>
        <source>a line needs two points that are apart</source>
        <translation>eine Linie braucht zwei Punkte, die auseinander liegen</translation>
    </message>
    <message>
        <source>a list of numbers</source>
        <translation>eine Liste von Zahlen</translation>
    </message>
    <message>
        <source>a list of objects in braces</source>
        <translation>eine Liste von Objekten in geschweiften Klammern</translation>
    </message>
    <message>
        <source>a list of pairs</source>
        <translation>eine Liste von Paaren</translation>
    </message>
    <message>
        <source>a list of text</source>
        <translation>eine Liste von Texten</translation>
    </message>
    <message>
        <source>a logarithm was taken and bone made bright</source>
        <translation>ein Logarithmus wurde genommen und Knochen hell gemacht</translation>
    </message>
    <message>
        <source>a map of scatter needs at least two shares of histories, for its error</source>
        <translation>eine Karte der Streustrahlung braucht für ihren Fehler mindestens zwei Teile von Photonengeschichten</translation>
    </message>
    <message>
        <source>a network for any anatomy knows no CT; train one with &apos;train --reconstruction&apos;</source>
        <translation>ein Netz für beliebige Anatomie kennt kein CT; eines mit &apos;train --reconstruction&apos; trainieren</translation>
    </message>
    <message>
        <source>a panoramic image (modality PX), whose tube turns about the head</source>
        <translation>eine Panoramaaufnahme (Modalität PX), deren Röhre sich um den Kopf dreht</translation>
    </message>
    <message>
        <source>a part of the bone is</source>
        <translation>ein Teil des Knochens ist</translation>
    </message>
    <message>
        <source>a picture of {width} x {height} px has not the shape of the field of {name}, {panel_mm} x {panel_mm2} mm: it was cropped, or another device took it; type its values in</source>
        <translation>ein Bild von {width} x {height} px hat nicht die Form des Bildfelds von {name}, {panel_mm} x {panel_mm2} mm: es wurde beschnitten, oder ein anderes Gerät nahm es auf; seine Werte eintippen</translation>
    </message>
    <message>
        <source>a pipe; give the name of a file</source>
        <translation>eine Pipe; den Namen einer Datei angeben</translation>
    </message>
    <message>
        <source>a pixel spacing on the detector</source>
        <translation>ein Pixelabstand auf dem Detektor</translation>
    </message>
    <message>
        <source>a point in space needs a click in each of two X-rays at least</source>
        <translation>ein Punkt im Raum braucht je einen Klick in mindestens zwei Röntgenbildern</translation>
    </message>
    <message>
        <source>a point in {path} has no position; save the points again from Slicer</source>
        <translation>ein Punkt in {path} hat keine Position; die Punkte in Slicer neu speichern</translation>
    </message>
    <message>
        <source>a pose clearly elsewhere fits better on a coarse image: give a start pose, or do not refine only</source>
        <translation>eine deutlich andere Pose passt auf dem groben Bild besser: eine Startpose angeben, oder nicht nur verfeinern</translation>
    </message>
    <message>
        <source>a pose file</source>
        <translation>eine Posendatei</translation>
    </message>
    <message>
        <source>a pose is trusted for one of {PURPOSES}, not for &apos;{trust}&apos;</source>
        <translation>eine Pose ist für eines von {PURPOSES} verlässlich, nicht für &apos;{trust}&apos;</translation>
    </message>
    <message>
        <source>a pose must be a 4x4 matrix, not {shape}</source>
        <translation>eine Pose muss eine 4x4-Matrix sein, nicht {shape}</translation>
    </message>
    <message>
        <source>a pose tilted by some degrees fits better on a coarse image: register again, or from another start</source>
        <translation>eine um einige Grad gekippte Pose passt auf dem groben Bild besser: neu registrieren, oder von einem anderen Start aus</translation>
    </message>
    <message>
        <source>a pose&apos;s uncertainty must hold finite numbers, and no variance below zero</source>
        <translation>die Unsicherheit einer Pose muss endliche Zahlen enthalten und keine Varianz unter null</translation>
    </message>
    <message>
        <source>a pose&apos;s uncertainty needs a 6x6 covariance and a centre of three numbers</source>
        <translation>die Unsicherheit einer Pose braucht eine 6x6-Kovarianz und eine Mitte aus drei Zahlen</translation>
    </message>
    <message>
        <source>a procedural volume needs at least 16 voxels a side, not {voxels}; 64 to 192 are useful</source>
        <translation>ein gezeichnetes Volumen braucht mindestens 16 Voxel je Seite, nicht {voxels}; sinnvoll sind 64 bis 192</translation>
    </message>
    <message>
        <source>a ratio of a pixel&apos;s sides</source>
        <translation>ein Seitenverhältnis eines Pixels</translation>
    </message>
    <message>
        <source>a rigid transform must hold finite numbers</source>
        <translation>eine starre Transformation muss endliche Zahlen enthalten</translation>
    </message>
    <message>
        <source>a rigid transform needs a 3x3 rotation and 3 translations, not {shape} and {shape2}</source>
        <translation>eine starre Transformation braucht eine 3x3-Rotation und 3 Translationen, nicht {shape} und {shape2}</translation>
    </message>
    <message>
        <source>a scene needs views of the kinds {POSE_COLORS}; got {value}</source>
        <translation>eine Szene braucht Ansichten der Arten {POSE_COLORS}; gegeben ist {value}</translation>
    </message>
    <message>
        <source>a schedule has a level</source>
        <translation>ein Stufenplan hat eine Stufe</translation>
    </message>
    <message>
        <source>a second, calibrated view</source>
        <translation>eine zweite, kalibrierte Aufnahme</translation>
    </message>
    <message>
        <source>a shape model needs a mode at least, not {modes}; 20 are usual</source>
        <translation>ein Formmodell braucht mindestens eine Mode, nicht {modes}; 20 sind üblich</translation>
    </message>
    <message>
        <source>a share must hold one history or more</source>
        <translation>ein Teil muss eine Photonengeschichte oder mehr enthalten</translation>
    </message>
    <message>
        <source>a small dense object</source>
        <translation>ein kleiner dichter Gegenstand</translation>
    </message>
    <message>
        <source>a small hole</source>
        <translation>ein kleines Loch</translation>
    </message>
    <message>
        <source>a socket; give the name of a file</source>
        <translation>ein Socket; den Namen einer Datei angeben</translation>
    </message>
    <message>
        <source>a solid of one density (plastic or contrast agent)</source>
        <translation>ein Körper von einheitlicher Dichte (Kunststoff oder Kontrastmittel)</translation>
    </message>
    <message>
        <source>a source-to-detector distance</source>
        <translation>ein Fokus-Detektor-Abstand</translation>
    </message>
    <message>
        <source>a source-to-detector distance of about {other} mm than with the {given} mm given</source>
        <translation>einem Fokus-Detektor-Abstand von etwa {other} mm als mit den gegebenen {given} mm</translation>
    </message>
    <message>
        <source>a straight rod</source>
        <translation>ein gerader Stab</translation>
    </message>
    <message>
        <source>a surface model without a material</source>
        <translation>ein Oberflächenmodell ohne Material</translation>
    </message>
    <message>
        <source>a surface must hold finite numbers</source>
        <translation>eine Oberfläche muss endliche Zahlen enthalten</translation>
    </message>
    <message>
        <source>a surface needs points (N, 3) and triangles (M, 3)</source>
        <translation>eine Oberfläche braucht Punkte (N, 3) und Dreiecke (M, 3)</translation>
    </message>
    <message>
        <source>a thin plate</source>
        <translation>eine dünne Platte</translation>
    </message>
    <message>
        <source>a tool needs two clicks in each of two X-rays</source>
        <translation>ein Werkzeug braucht zwei Klicks in jedem von zwei Röntgenbildern</translation>
    </message>
    <message>
        <source>a track file</source>
        <translation>eine Verfolgungsdatei</translation>
    </message>
    <message>
        <source>a volume needs three dimensions, not {ndim}</source>
        <translation>ein Volumen braucht drei Dimensionen, nicht {ndim}</translation>
    </message>
    <message>
        <source>a worker of the cluster cannot load this library ({error}); start workers with the same Python environment and with RayEmbRegistration on PYTHONPATH</source>
        <translation>ein Worker des Clusters kann diese Bibliothek nicht laden ({error}); Worker mit derselben Python-Umgebung und mit RayEmbRegistration auf PYTHONPATH starten</translation>
    </message>
    <message>
        <source>a worker process was not told what to make</source>
        <translation>einem Arbeitsprozess wurde nicht gesagt, was er machen soll</translation>
    </message>
    <message>
        <source>about {between_px} px off</source>
        <translation>etwa {between_px} px daneben</translation>
    </message>
    <message>
        <source>about {missing} slices are missing in {folder} (a gap of {distances} mm after slice {value}, others {typical} mm); copy the whole series again</source>
        <translation>etwa {missing} Schichten fehlen in {folder} (eine Lücke von {distances} mm nach Schicht {value}, sonst {typical} mm); die ganze Serie neu kopieren</translation>
    </message>
    <message>
        <source>after {path} and its label map comes one number of a label, not &apos;{words}&apos;</source>
        <translation>nach {path} und seinem Labelvolumen kommt die Nummer eines Labels, nicht &apos;{words}&apos;</translation>
    </message>
    <message>
        <source>aligned with another scan</source>
        <translation>an einer anderen Aufnahme ausgerichtet</translation>
    </message>
    <message>
        <source>all views of the prior</source>
        <translation>alle Blickrichtungen der Vorgabe</translation>
    </message>
    <message>
        <source>all views of the prior, the likelier polarity</source>
        <translation>alle Blickrichtungen der Vorgabe, die wahrscheinlichere Polarität</translation>
    </message>
    <message>
        <source>an X-ray that was made has one polarity</source>
        <translation>ein gemachtes Röntgenbild hat eine Polarität</translation>
    </message>
    <message>
        <source>an X-ray to show must be (rows, columns) or (rows, columns, 3), not {shape}</source>
        <translation>ein zu zeigendes Röntgenbild muss (Zeilen, Spalten) oder (Zeilen, Spalten, 3) sein, nicht {shape}</translation>
    </message>
    <message>
        <source>an angle between the image&apos;s middle and the central ray</source>
        <translation>ein Winkel zwischen Bildmitte und Zentralstrahl</translation>
    </message>
    <message>
        <source>an arrangement holds at most 255 bones</source>
        <translation>eine Anordnung fasst höchstens 255 Knochen</translation>
    </message>
    <message>
        <source>an image whose corners are distorted {outward} by {by} %</source>
        <translation>ein Bild, dessen Ecken {outward} um {by} % verzeichnet sind</translation>
    </message>
    <message>
        <source>an implant is new metal: allow residual, too</source>
        <translation>ein Implantat ist neues Metall: auch residual zulassen</translation>
    </message>
    <message>
        <source>an individual of the shape model has no bone; check its label map and the labels chosen</source>
        <translation>ein Individuum des Formmodells hat keinen Knochen; sein Labelvolumen und die gewählten Labels prüfen</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>ein Objekt</translation>
    </message>
    <message>
        <source>an object in braces</source>
        <translation>ein Objekt in geschweiften Klammern</translation>
    </message>
    <message>
        <source>an object of objects in braces</source>
        <translation>ein Objekt aus Objekten in geschweiften Klammern</translation>
    </message>
    <message>
        <source>an objective needs a view</source>
        <translation>eine Zielfunktion braucht eine Ansicht</translation>
    </message>
    <message>
        <source>and</source>
        <translation>und</translation>
    </message>
    <message>
        <source>and no shadow of metal is seen</source>
        <translation>und kein Schatten von Metall ist zu sehen</translation>
    </message>
    <message>
        <source>and that every camera&apos;s place in the rig (world_to_camera) is that of this X-ray</source>
        <translation>und dass der Platz jeder Kamera in der Anordnung (world_to_camera) zu diesem Röntgenbild gehört</translation>
    </message>
    <message>
        <source>and {value} more</source>
        <translation>und {value} weitere</translation>
    </message>
    <message>
        <source>any view</source>
        <translation>jede Ansicht</translation>
    </message>
    <message>
        <source>as it was simulated</source>
        <translation>wie simuliert</translation>
    </message>
    <message>
        <source>as many numbers as estimate</source>
        <translation>so viele Zahlen wie estimate</translation>
    </message>
    <message>
        <source>asked for</source>
        <translation>gefragt</translation>
    </message>
    <message>
        <source>assessing the pose</source>
        <translation>Pose wird bewertet</translation>
    </message>
    <message>
        <source>at the patient&apos;s left</source>
        <translation>auf der linken Seite des Patienten</translation>
    </message>
    <message>
        <source>at the patient&apos;s right</source>
        <translation>auf der rechten Seite des Patienten</translation>
    </message>
    <message>
        <source>behind the patient</source>
        <translation>hinter dem Patienten</translation>
    </message>
    <message>
        <source>below the bones</source>
        <translation>unterhalb der Knochen</translation>
    </message>
    <message>
        <source>beside {header_path} lie both {name} and {name2}; leave the one that belongs to it</source>
        <translation>neben {header_path} liegen sowohl {name} als auch {name2}; die zugehörige stehen lassen</translation>
    </message>
    <message>
        <source>blocks of the images</source>
        <translation>Blöcke der Bilder</translation>
    </message>
    <message>
        <source>blocks of the images, each left out in turn</source>
        <translation>Blöcke der Bilder, reihum ausgelassen</translation>
    </message>
    <message>
        <source>bodies together</source>
        <translation>Körper gemeinsam</translation>
    </message>
    <message>
        <source>bone was taken to be bright, of which the network is surer</source>
        <translation>Knochen wurde als hell angenommen; dessen ist das Netz sicherer</translation>
    </message>
    <message>
        <source>bone was taken to be dark, of which the network is surer</source>
        <translation>Knochen wurde als dunkel angenommen; dessen ist das Netz sicherer</translation>
    </message>
    <message>
        <source>bone {label}</source>
        <translation>Knochen {label}</translation>
    </message>
    <message>
        <source>bone {label} is not to be trusted: {reason}</source>
        <translation>Knochen {label} ist nicht verlässlich: {reason}</translation>
    </message>
    <message>
        <source>bone {value} has no pose</source>
        <translation>Knochen {value} hat keine Pose</translation>
    </message>
    <message>
        <source>bone_is_bright in {path} must be true or false, not {bright}</source>
        <translation>bone_is_bright in {path} muss true oder false sein, nicht {bright}</translation>
    </message>
    <message>
        <source>bones and fragments are told apart by a label map; give one with the CT, or allow a warp alone</source>
        <translation>Knochen und Fragmente unterscheidet ein Labelvolumen; eines mit dem CT angeben, oder nur eine Formänderung erlauben</translation>
    </message>
    <message>
        <source>bones can move apart only if the CT was prepared with a label map</source>
        <translation>Knochen können sich nur gegeneinander bewegen, wenn das CT mit einem Labelvolumen vorbereitet wurde</translation>
    </message>
    <message>
        <source>bones: {reason}; {words}</source>
        <translation>Knochen: {reason}; {words}</translation>
    </message>
    <message>
        <source>both ends of the bone were clicked in one place; click one end, then the other</source>
        <translation>beide Enden des Knochens wurden an derselben Stelle angeklickt; ein Ende anklicken, dann das andere</translation>
    </message>
    <message>
        <source>bright</source>
        <translation>hell</translation>
    </message>
    <message>
        <source>but for those that are as dense as what is registered</source>
        <translation>außer denen, die so dicht sind wie das Registrierte</translation>
    </message>
    <message>
        <source>camera {number}</source>
        <translation>Kamera {number}</translation>
    </message>
    <message>
        <source>cannot hold {unknown}; degrees of freedom are {DEGREES_OF_FREEDOM}</source>
        <translation>{unknown} lässt sich nicht festhalten; Freiheitsgrade sind {DEGREES_OF_FREEDOM}</translation>
    </message>
    <message>
        <source>cardiac phase</source>
        <translation>Herzphase</translation>
    </message>
    <message>
        <source>centre of Detector Active Dimension(s) at Detector Active Origin, Field of View Origin</source>
        <translation>Mitte von Detector Active Dimension(s) bei Detector Active Origin, Field of View Origin</translation>
    </message>
    <message>
        <source>centre of Physical Detector Size, Field of View Origin</source>
        <translation>Mitte von Physical Detector Size, Field of View Origin</translation>
    </message>
    <message>
        <source>check K (its focal lengths are in px), spacing and distance</source>
        <translation>K (seine Brennweiten sind in px), Pixelabstand und Abstand prüfen</translation>
    </message>
    <message>
        <source>check both focal lengths in K, or both pixel spacings</source>
        <translation>beide Brennweiten in K oder beide Pixelabstände prüfen</translation>
    </message>
    <message>
        <source>check camera, polarity and view prior, or give a start pose</source>
        <translation>Kamera, Polarität und vorgegebene Ansicht prüfen, oder eine Startpose angeben</translation>
    </message>
    <message>
        <source>check it</source>
        <translation>es prüfen</translation>
    </message>
    <message>
        <source>check it; until then depth is not to be relied on</source>
        <translation>es prüfen; bis dahin ist auf die Tiefe kein Verlass</translation>
    </message>
    <message>
        <source>check pixel spacing, image size and their units (mm, px)</source>
        <translation>Pixelabstand, Bildgröße und ihre Einheiten (mm, px) prüfen</translation>
    </message>
    <message>
        <source>check the distance of the bone from the source against the detector&apos;s</source>
        <translation>den Abstand des Knochens von der Quelle gegen den des Detektors prüfen</translation>
    </message>
    <message>
        <source>check the geometry of both cameras</source>
        <translation>die Geometrie beider Kameras prüfen</translation>
    </message>
    <message>
        <source>check the principal point in K, which is in px from the upper left of this very image (a crop moves it)</source>
        <translation>den Hauptpunkt in K prüfen, der in px von links oben in eben diesem Bild zählt (ein Zuschnitt verschiebt ihn)</translation>
    </message>
    <message>
        <source>checking the CT</source>
        <translation>CT wird geprüft</translation>
    </message>
    <message>
        <source>choose {what}</source>
        <translation>{what} wählen</translation>
    </message>
    <message>
        <source>circle</source>
        <translation>Kreis</translation>
    </message>
    <message>
        <source>climbing the images&apos; similarity</source>
        <translation>Ähnlichkeit der Bilder wird erhöht</translation>
    </message>
    <message>
        <source>comment</source>
        <translation>Kommentar</translation>
    </message>
    <message>
        <source>comparing with DiffDRR needs its package: pip install diffdrr==0.6.1</source>
        <translation>der Vergleich mit DiffDRR braucht dessen Paket: pip install diffdrr==0.6.1</translation>
    </message>
    <message>
        <source>comparing with nanodrr needs its package: pip install nanodrr==0.1.7</source>
        <translation>der Vergleich mit nanodrr braucht dessen Paket: pip install nanodrr==0.1.7</translation>
    </message>
    <message>
        <source>computed on</source>
        <translation>gerechnet auf</translation>
    </message>
    <message>
        <source>controlPoints in {path} must be a list of objects; save the points again from Slicer</source>
        <translation>controlPoints in {path} muss eine Liste von Objekten sein; die Punkte in Slicer neu speichern</translation>
    </message>
    <message>
        <source>copy or export it again</source>
        <translation>neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>dunkel</translation>
    </message>
    <message>
        <source>degrees of freedom can be held only with a start pose, whose value they keep</source>
        <translation>Freiheitsgrade lassen sich nur mit einer Startpose festhalten, deren Wert sie behalten</translation>
    </message>
    <message>
        <source>delete it and start anew</source>
        <translation>sie löschen und neu beginnen</translation>
    </message>
    <message>
        <source>depth is uncertain by {bound} mm from this single view; add a second view</source>
        <translation>die Tiefe ist aus dieser einen Aufnahme auf {bound} mm unsicher; eine zweite Aufnahme hinzufügen</translation>
    </message>
    <message>
        <source>detecting landmarks</source>
        <translation>Landmarken werden gesucht</translation>
    </message>
    <message>
        <source>directions are</source>
        <translation>Richtungen sind</translation>
    </message>
    <message>
        <source>disagrees with its pixel spacing and source-to-detector distance by {difference}</source>
        <translation>weicht von seinem Pixelabstand und Fokus-Detektor-Abstand um {difference} ab</translation>
    </message>
    <message>
        <source>does not place its voxels: &apos;space directions&apos; or &apos;space origin&apos; cannot be read</source>
        <translation>verortet seine Voxel nicht: &apos;space directions&apos; oder &apos;space origin&apos; ist nicht lesbar</translation>
    </message>
    <message>
        <source>does not place its voxels: spacing, offset or axes have not three dimensions</source>
        <translation>verortet seine Voxel nicht: Abstand, Ursprung oder Achsen haben nicht drei Dimensionen</translation>
    </message>
    <message>
        <source>does not tell how it lies in the patient (both form codes are 0), so left and right are unknown</source>
        <translation>sagt nicht, wie es im Patienten liegt (beide Formcodes sind 0), daher sind links und rechts unbekannt</translation>
    </message>
    <message>
        <source>does not tell in which axes of the patient it lies (&apos;space&apos; is missing or not anatomical)</source>
        <translation>sagt nicht, in welchen Achsen des Patienten es liegt (&apos;space&apos; fehlt oder ist nicht anatomisch)</translation>
    </message>
    <message>
        <source>does not tell the size of its voxels (&apos;ElementSpacing&apos; is missing)</source>
        <translation>sagt nicht, wie groß seine Voxel sind (&apos;ElementSpacing&apos; fehlt)</translation>
    </message>
    <message>
        <source>does not tell where the central ray meets the image; its middle was assumed (add K or principal_point_px)</source>
        <translation>sagt nicht, wo der Zentralstrahl das Bild trifft; dessen Mitte wurde angenommen (K oder principal_point_px ergänzen)</translation>
    </message>
    <message>
        <source>does not tell {missing} (&apos;space directions&apos; is missing)</source>
        <translation>sagt nicht, {missing} (&apos;space directions&apos; fehlt)</translation>
    </message>
    <message>
        <source>each view by itself, then all</source>
        <translation>jede Ansicht für sich, dann alle</translation>
    </message>
    <message>
        <source>encoders of type {__name__} cannot be stored; known are {ARCHITECTURES}</source>
        <translation>Encoder der Art {__name__} lassen sich nicht speichern; bekannt sind {ARCHITECTURES}</translation>
    </message>
    <message>
        <source>error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>every pixel of {name} has the same value; the image has no content</source>
        <translation>jedes Pixel von {name} hat denselben Wert; das Bild hat keinen Inhalt</translation>
    </message>
    <message>
        <source>every pixel of {name} has the value {pixels}; the image has no content</source>
        <translation>jedes Pixel von {name} hat den Wert {pixels}; das Bild hat keinen Inhalt</translation>
    </message>
    <message>
        <source>every pose tried moved the bone out of an X-ray; check the camera, the CT and the start pose</source>
        <translation>jede versuchte Pose schob den Knochen aus einem Röntgenbild; Kamera, CT und Startpose prüfen</translation>
    </message>
    <message>
        <source>every voxel of {name} is alike; give a volume with the body in air</source>
        <translation>jedes Voxel von {name} ist gleich; ein Volumen mit dem Körper in Luft angeben</translation>
    </message>
    <message>
        <source>everything is installed</source>
        <translation>alles ist installiert</translation>
    </message>
    <message>
        <source>expected is {wanted}</source>
        <translation>erwartet wird {wanted}</translation>
    </message>
    <message>
        <source>finding the bone</source>
        <translation>Knochen wird gesucht</translation>
    </message>
    <message>
        <source>finding the joints</source>
        <translation>Gelenke werden gesucht</translation>
    </message>
    <message>
        <source>finding the modes of the warp</source>
        <translation>Moden der Verformung werden gesucht</translation>
    </message>
    <message>
        <source>finding the shadows of metal</source>
        <translation>Schatten von Metall werden gesucht</translation>
    </message>
    <message>
        <source>first</source>
        <translation>erste</translation>
    </message>
    <message>
        <source>fitted to the motion; angles count from the first frame</source>
        <translation>an die Bewegung angepasst; Winkel zählen vom ersten Bild an</translation>
    </message>
    <message>
        <source>fitting all bodies together</source>
        <translation>alle Körper werden gemeinsam angepasst</translation>
    </message>
    <message>
        <source>fitting from another place</source>
        <translation>Anpassen von einem anderen Ort aus</translation>
    </message>
    <message>
        <source>fitting shape and pose</source>
        <translation>Form und Pose werden angepasst</translation>
    </message>
    <message>
        <source>fitting the implant to its shadows</source>
        <translation>das Implantat wird an seine Schatten angepasst</translation>
    </message>
    <message>
        <source>flipped left to right</source>
        <translation>von links nach rechts gespiegelt</translation>
    </message>
    <message>
        <source>flipped left to right the X-ray fits as well: that left is left rests on its orientation being right</source>
        <translation>von links nach rechts gespiegelt passt das Röntgenbild ebenso gut: dass links links ist, beruht auf seiner richtigen Ausrichtung</translation>
    </message>
    <message>
        <source>flipped or of another polarity</source>
        <translation>gespiegelt oder von anderer Polarität</translation>
    </message>
    <message>
        <source>flipped top to bottom</source>
        <translation>von oben nach unten gespiegelt</translation>
    </message>
    <message>
        <source>flipped, grey values spread evenly</source>
        <translation>gespiegelt, Grauwerte gleichmäßig verteilt</translation>
    </message>
    <message>
        <source>focal spot and blur must not be negative</source>
        <translation>Brennfleck und Unschärfe dürfen nicht negativ sein</translation>
    </message>
    <message>
        <source>format_version in {path} must be a whole number from 1, not {found}</source>
        <translation>format_version in {path} muss eine ganze Zahl ab 1 sein, nicht {found}</translation>
    </message>
    <message>
        <source>fourth</source>
        <translation>vierte</translation>
    </message>
    <message>
        <source>frame of its camera</source>
        <translation>Bezugssystem seiner Kamera</translation>
    </message>
    <message>
        <source>frame {frame}</source>
        <translation>Einzelbild {frame}</translation>
    </message>
    <message>
        <source>from a bone densitometer, whose rays move along the patient</source>
        <translation>von einem Knochendensitometer, dessen Strahlen am Patienten entlangwandern</translation>
    </message>
    <message>
        <source>from a slot scanner ((0018,7005) Detector Configuration is SLOT), {fan}</source>
        <translation>von einem Schlitzscanner ((0018,7005) Detector Configuration ist SLOT), {fan}</translation>
    </message>
    <message>
        <source>from a slot scanner ({value}), {fan}</source>
        <translation>von einem Schlitzscanner ({value}), {fan}</translation>
    </message>
    <message>
        <source>from the CT&apos;s frame into that of the X-ray&apos;s camera</source>
        <translation>vom Bezugssystem des CT in das der Kamera des Röntgenbilds</translation>
    </message>
    <message>
        <source>front</source>
        <translation>vorn</translation>
    </message>
    <message>
        <source>geometry</source>
        <translation>Geometrie</translation>
    </message>
    <message>
        <source>get it again</source>
        <translation>sie neu beschaffen</translation>
    </message>
    <message>
        <source>give a body with --body, such as femur.stl:CoCr</source>
        <translation>einen Körper mit --body angeben, etwa femur.stl:CoCr</translation>
    </message>
    <message>
        <source>give a projection X-ray (XA, RF, DX, CR)</source>
        <translation>ein Projektionsröntgenbild angeben (XA, RF, DX, CR)</translation>
    </message>
    <message>
        <source>give a start pose or landmark pairs</source>
        <translation>eine Startpose oder Landmarkenpaare angeben</translation>
    </message>
    <message>
        <source>give at least one CT to train on</source>
        <translation>mindestens ein CT zum Trainieren angeben</translation>
    </message>
    <message>
        <source>give at least one X-ray</source>
        <translation>mindestens ein Röntgenbild angeben</translation>
    </message>
    <message>
        <source>give either the number of photons or the error of the scatter</source>
        <translation>entweder die Zahl der Photonen oder den Fehler der Streustrahlung angeben</translation>
    </message>
    <message>
        <source>give it as the CT</source>
        <translation>es als CT angeben</translation>
    </message>
    <message>
        <source>give it in mm, as it was when the X-ray was taken</source>
        <translation>ihn in mm angeben, wie er bei der Aufnahme war</translation>
    </message>
    <message>
        <source>give it in mm: the field&apos;s width over its columns</source>
        <translation>ihn in mm angeben: die Breite des Bildfelds geteilt durch seine Spalten</translation>
    </message>
    <message>
        <source>give the camera&apos;s place in its rig as world_to_camera: 4x4, X_camera = R X_world + t in mm</source>
        <translation>den Platz der Kamera in ihrer Anordnung als world_to_camera angeben: 4x4, X_camera = R X_world + t in mm</translation>
    </message>
    <message>
        <source>given pose</source>
        <translation>gegebene Pose</translation>
    </message>
    <message>
        <source>given with the image</source>
        <translation>mit dem Bild gegeben</translation>
    </message>
    <message>
        <source>gives neither pixel spacing nor source-to-detector distance</source>
        <translation>gibt weder Pixelabstand noch Fokus-Detektor-Abstand an</translation>
    </message>
    <message>
        <source>gradient ascent on whole images</source>
        <translation>Gradientenaufstieg auf ganzen Bildern</translation>
    </message>
    <message>
        <source>graphics card (Apple)</source>
        <translation>Grafikkarte (Apple)</translation>
    </message>
    <message>
        <source>graphics card ({get_device_name})</source>
        <translation>Grafikkarte ({get_device_name})</translation>
    </message>
    <message>
        <source>has &apos;space directions&apos; or a &apos;space origin&apos; that are not finite, which is no size and no place</source>
        <translation>hat &apos;space directions&apos; oder einen &apos;space origin&apos;, die nicht endlich sind: weder Größe noch Ort</translation>
    </message>
    <message>
        <source>has &apos;{fields}&apos; for {key}, which is no number</source>
        <translation>hat &apos;{fields}&apos; für {key}, was keine Zahl ist</translation>
    </message>
    <message>
        <source>has a voxel size (pixdim) of {shown}, which is no length</source>
        <translation>hat eine Voxelgröße (pixdim) von {shown}, was keine Länge ist</translation>
    </message>
    <message>
        <source>has a voxel size of {value}, which is no length</source>
        <translation>hat eine Voxelgröße von {value}, was keine Länge ist</translation>
    </message>
    <message>
        <source>has a {name} that does not place its voxels (not finite or flat)</source>
        <translation>hat eine {name}, die seine Voxel nicht verortet (nicht endlich oder flach)</translation>
    </message>
    <message>
        <source>higher than wide</source>
        <translation>höher als breit</translation>
    </message>
    <message>
        <source>how far a bone may turn in its joint and leave it must be more than 0 degrees and 0 mm</source>
        <translation>wie weit ein Knochen sich in seinem Gelenk drehen und es verlassen darf, muss mehr als 0 Grad und 0 mm sein</translation>
    </message>
    <message>
        <source>how far bone may differ must be more than 0 mm, not {differ_mm}</source>
        <translation>wie weit der Knochen abweichen darf, muss mehr als 0 mm sein, nicht {differ_mm}</translation>
    </message>
    <message>
        <source>how far that is off is not known</source>
        <translation>wie weit das daneben liegt, ist nicht bekannt</translation>
    </message>
    <message>
        <source>how it lies in the patient</source>
        <translation>wie es im Patienten liegt</translation>
    </message>
    <message>
        <source>image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>image size</source>
        <translation>Bildgröße</translation>
    </message>
    <message>
        <source>image {number}</source>
        <translation>Bild {number}</translation>
    </message>
    <message>
        <source>image_size_px in {path} must be two positive whole numbers, at most {_LARGEST_SIDE_PX}</source>
        <translation>image_size_px in {path} müssen zwei positive ganze Zahlen sein, höchstens {_LARGEST_SIDE_PX}</translation>
    </message>
    <message>
        <source>in 95 of 100 cases below {bound_mm} mm</source>
        <translation>in 95 von 100 Fällen unter {bound_mm} mm</translation>
    </message>
    <message>
        <source>in front of the patient</source>
        <translation>vor dem Patienten</translation>
    </message>
    <message>
        <source>in metres; multiply its affine by 1000</source>
        <translation>in Metern; seine Affine mit 1000 multiplizieren</translation>
    </message>
    <message>
        <source>in the {view} view the cameras agree better with {what}</source>
        <translation>in der Ansicht {view} passen die Kameras besser zueinander mit {what}</translation>
    </message>
    <message>
        <source>in view</source>
        <translation>im Bild</translation>
    </message>
    <message>
        <source>installing {name} ({value} of {names})</source>
        <translation>{name} wird installiert ({value} von {names})</translation>
    </message>
    <message>
        <source>intensity in {path} must be one of {INTENSITIES}, not {intensity}</source>
        <translation>intensity in {path} muss eines von {INTENSITIES} sein, nicht {intensity}</translation>
    </message>
    <message>
        <source>inverted counts got a logarithm</source>
        <translation>invertierte Zählwerte wurden logarithmiert</translation>
    </message>
    <message>
        <source>inward (barrel)</source>
        <translation>einwärts (tonnenförmig)</translation>
    </message>
    <message>
        <source>is flat</source>
        <translation>ist flach</translation>
    </message>
    <message>
        <source>is in the Analyze format, which does not tell left from right</source>
        <translation>ist im Analyze-Format, das links und rechts nicht unterscheidet</translation>
    </message>
    <message>
        <source>is not of three dimensions</source>
        <translation>hat nicht drei Dimensionen</translation>
    </message>
    <message>
        <source>is {near} meant?</source>
        <translation>ist {near} gemeint?</translation>
    </message>
    <message>
        <source>it fits as well {away_mm} mm away, turned otherwise; add an X-ray from another side, or one that shows more</source>
        <translation>{away_mm} mm entfernt, anders gedreht, passt es ebenso gut; ein Röntgenbild von einer anderen Seite hinzufügen, oder eines, das mehr zeigt</translation>
    </message>
    <message>
        <source>it fits the X-rays badly (similarity {similarity})</source>
        <translation>es passt schlecht zu den Röntgenbildern (Ähnlichkeit {similarity})</translation>
    </message>
    <message>
        <source>it fits, and its error is expected to be {expected} mm</source>
        <translation>es passt, und sein Fehler ist mit {expected} mm zu erwarten</translation>
    </message>
    <message>
        <source>it may be in {fitting}: say so after the material</source>
        <translation>es kann in {fitting} sein: das nach dem Material angeben</translation>
    </message>
    <message>
        <source>it would have left its joint by {shifted} mm; look whether it is dislocated, or add an X-ray</source>
        <translation>es hätte sein Gelenk um {shifted} mm verlassen; nachsehen, ob es luxiert ist, oder ein Röntgenbild hinzufügen</translation>
    </message>
    <message>
        <source>it would have turned by {turned} degrees, more than its joint is thought to; look at the overlay</source>
        <translation>es hätte sich um {turned} Grad gedreht, mehr als seinem Gelenk zugetraut wird; die Überlagerung ansehen</translation>
    </message>
    <message>
        <source>its DRR fits with a similarity of {similarity}</source>
        <translation>sein DRR passt mit einer Ähnlichkeit von {similarity}</translation>
    </message>
    <message>
        <source>its error in space is expected to be {expected} mm, mostly along the beam; add an X-ray from another side</source>
        <translation>sein Fehler im Raum ist mit {expected} mm zu erwarten, vor allem entlang des Strahls; ein Röntgenbild von einer anderen Seite hinzufügen</translation>
    </message>
    <message>
        <source>its grey values were spread evenly</source>
        <translation>seine Grauwerte wurden gleichmäßig verteilt</translation>
    </message>
    <message>
        <source>its last bytes are missing</source>
        <translation>seine letzten Bytes fehlen</translation>
    </message>
    <message>
        <source>its lengths seem to be in micrometres, divide its affine by 1000</source>
        <translation>seine Längen scheinen in Mikrometern zu sein, seine Affine durch 1000 teilen</translation>
    </message>
    <message>
        <source>its numbers may be in {fitting}: say so after the material</source>
        <translation>seine Zahlen sind vielleicht in {fitting}: das hinter dem Material angeben</translation>
    </message>
    <message>
        <source>its own part of the picture does not fit (similarity {similarity}); look at the overlay</source>
        <translation>sein eigener Teil des Bildes passt nicht (Ähnlichkeit {similarity}); die Überlagerung ansehen</translation>
    </message>
    <message>
        <source>its place in space is open by {position} mm and {rotation} degrees; another view would tell</source>
        <translation>sein Ort im Raum ist auf {position} mm und {rotation} Grad offen; eine weitere Ansicht sagte ihn</translation>
    </message>
    <message>
        <source>its place in the image is open by {overlay} mm</source>
        <translation>sein Ort im Bild ist auf {overlay} mm offen</translation>
    </message>
    <message>
        <source>its shadow is drawn</source>
        <translation>sein Schatten ist eingezeichnet</translation>
    </message>
    <message>
        <source>its shadows are clipped, so that how dense it is, is a lower bound</source>
        <translation>seine Schatten sind abgeschnitten, sodass seine Dichte eine untere Grenze ist</translation>
    </message>
    <message>
        <source>label numbers were chosen without a label map; give the label map as well</source>
        <translation>Labelnummern wurden ohne Labelvolumen gewählt; auch das Labelvolumen angeben</translation>
    </message>
    <message>
        <source>label {number} is {name}</source>
        <translation>Label {number} ist {name}</translation>
    </message>
    <message>
        <source>label {value} is named as bone and as fragment; choose one</source>
        <translation>Label {value} ist als Knochen und als Fragment benannt; eines wählen</translation>
    </message>
    <message>
        <source>landmark pairs</source>
        <translation>Landmarkenpaare</translation>
    </message>
    <message>
        <source>landmark poses</source>
        <translation>Landmarkenposen</translation>
    </message>
    <message>
        <source>landmark {both} is both pinned and rejected; choose one</source>
        <translation>Landmarke {both} ist zugleich festgesetzt und verworfen; eines wählen</translation>
    </message>
    <message>
        <source>landmarks by templates around the best</source>
        <translation>Landmarken durch Vorlagen um die beste</translation>
    </message>
    <message>
        <source>landmarks in the X-rays</source>
        <translation>Landmarken in den Röntgenbildern</translation>
    </message>
    <message>
        <source>landmarks of {name}</source>
        <translation>Landmarken aus {name}</translation>
    </message>
    <message>
        <source>landmarks of {name} need their points in the CT and in the X-ray, as many of each</source>
        <translation>Landmarken von {name} brauchen ihre Punkte im CT und im Röntgenbild, gleich viele von beiden</translation>
    </message>
    <message>
        <source>landmarks where grey values are spread evenly</source>
        <translation>Landmarken, wo Grauwerte gleichmäßig verteilt sind</translation>
    </message>
    <message>
        <source>left out of the CT: {phrase}</source>
        <translation>aus dem CT weggelassen: {phrase}</translation>
    </message>
    <message>
        <source>line {number} of {path} must hold the three coordinates of a point; save it again from Slicer</source>
        <translation>Zeile {number} von {path} muss die drei Koordinaten eines Punkts enthalten; sie in Slicer neu speichern</translation>
    </message>
    <message>
        <source>line {number} of {path} must hold x, y, z of a bead of the calibration object; correct it</source>
        <translation>Zeile {number} von {path} muss x, y, z einer Kugel des Kalibrierkörpers enthalten; bitte berichtigen</translation>
    </message>
    <message>
        <source>line-integral-like, bone bright, any affine scale; pixels as large as the templates&apos; at the bone&apos;s depth</source>
        <translation>linienintegralartig, Knochen hell, beliebig affin skaliert; Pixel so groß wie die der Vorlagen in der Tiefe des Knochens</translation>
    </message>
    <message>
        <source>load it in 3D Slicer with regularisation of the acquisition geometry and save the CT as NRRD</source>
        <translation>es in 3D Slicer mit Regularisierung der Aufnahmegeometrie laden und das CT als NRRD speichern</translation>
    </message>
    <message>
        <source>logarithmic values were inverted so that bone is bright</source>
        <translation>logarithmische Werte wurden invertiert, sodass Knochen hell ist</translation>
    </message>
    <message>
        <source>look at its unit, or its scale</source>
        <translation>seine Einheit oder seinen Maßstab prüfen</translation>
    </message>
    <message>
        <source>looked among the views</source>
        <translation>gesucht unter den Ansichten</translation>
    </message>
    <message>
        <source>looking for bone</source>
        <translation>Knochen wird gesucht</translation>
    </message>
    <message>
        <source>looking for {name}</source>
        <translation>{name} wird gesucht</translation>
    </message>
    <message>
        <source>lost frame {frame} again, pass {value}</source>
        <translation>verlorenes Einzelbild {frame} noch einmal, Durchgang {value}</translation>
    </message>
    <message>
        <source>making the adjusted CT</source>
        <translation>angepasstes CT wird gemacht</translation>
    </message>
    <message>
        <source>markups in {path} must be a list of objects; save the points again from Slicer</source>
        <translation>markups in {path} muss eine Liste von Objekten sein; die Punkte in Slicer neu speichern</translation>
    </message>
    <message>
        <source>metal found</source>
        <translation>gefundenes Metall</translation>
    </message>
    <message>
        <source>method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>metres</source>
        <translation>Metern</translation>
    </message>
    <message>
        <source>micrometres</source>
        <translation>Mikrometern</translation>
    </message>
    <message>
        <source>millimetres</source>
        <translation>Millimetern</translation>
    </message>
    <message>
        <source>mirrored</source>
        <translation>gespiegelt</translation>
    </message>
    <message>
        <source>misfit share</source>
        <translation>Anteil ohne Entsprechung</translation>
    </message>
    <message>
        <source>module {__name__} has no attribute {name}</source>
        <translation>Modul {__name__} hat kein Attribut {name}</translation>
    </message>
    <message>
        <source>more of what the search found</source>
        <translation>mehr von dem, was die Suche fand</translation>
    </message>
    <message>
        <source>more poses around it</source>
        <translation>mehr Posen darum herum</translation>
    </message>
    <message>
        <source>moved in depth</source>
        <translation>in der Tiefe verschoben</translation>
    </message>
    <message>
        <source>moving {bodies} bodies at {pixels} pixels</source>
        <translation>{bodies} Körper werden bei {pixels} Pixeln bewegt</translation>
    </message>
    <message>
        <source>needed {purpose}</source>
        <translation>nötig für {purpose}</translation>
    </message>
    <message>
        <source>negative Hounsfield units of {path} were stored as large positive numbers (unsigned 16-bit); repaired</source>
        <translation>negative Hounsfield-Einheiten von {path} waren als große positive Zahlen gespeichert (16 Bit ohne Vorzeichen); behoben</translation>
    </message>
    <message>
        <source>new metal needs {LEAST_VIEWS} X-rays and more, and {images} were given: of fewer its place does not follow from its shadows; add X-rays from other sides</source>
        <translation>neues Metall braucht {LEAST_VIEWS} Röntgenbilder und mehr, und {images} sind gegeben: aus weniger folgt sein Ort nicht aus seinen Schatten; Röntgenbilder von anderen Seiten hinzufügen</translation>
    </message>
    <message>
        <source>new metal: {reason}</source>
        <translation>neues Metall: {reason}</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>no Dask scheduler answers at {scheduler} ({error}); start one with: dask scheduler</source>
        <translation>bei {scheduler} antwortet kein Dask-Scheduler ({error}); einen starten mit: dask scheduler</translation>
    </message>
    <message>
        <source>no Field of View Horizontal Flip in the file</source>
        <translation>kein Field of View Horizontal Flip in der Datei</translation>
    </message>
    <message>
        <source>no Field of View Rotation in the file</source>
        <translation>keine Field of View Rotation in der Datei</translation>
    </message>
    <message>
        <source>no Patient Orientation together with a beam direction in the file</source>
        <translation>keine Patient Orientation zusammen mit einer Strahlrichtung in der Datei</translation>
    </message>
    <message>
        <source>no X-ray shows a shadow of metal that the CT does not hold, and nothing else may change; give X-rays that show it, or allow bones, fragments or warp</source>
        <translation>kein Röntgenbild zeigt einen Schatten von Metall, das das CT nicht enthält, und sonst darf sich nichts ändern; Röntgenbilder geben, die es zeigen, oder Knochen, Fragmente oder Verformung zulassen</translation>
    </message>
    <message>
        <source>no X-ray was registered; register one with a landmark method first</source>
        <translation>kein Röntgenbild wurde registriert; zuerst eines mit einem Landmarkenverfahren registrieren</translation>
    </message>
    <message>
        <source>no better</source>
        <translation>nicht besser</translation>
    </message>
    <message>
        <source>no binning stated</source>
        <translation>kein Binning angegeben</translation>
    </message>
    <message>
        <source>no body is opaque</source>
        <translation>kein Körper ist strahlenundurchlässig</translation>
    </message>
    <message>
        <source>no bone is followed</source>
        <translation>kein Knochen wird verfolgt</translation>
    </message>
    <message>
        <source>no bone was found in the CT, only objects such as rods, plates or contrast agent; give a label map of the bone</source>
        <translation>im CT wurde kein Knochen gefunden, nur Gegenstände wie Stäbe, Platten oder Kontrastmittel; ein Labelvolumen des Knochens angeben</translation>
    </message>
    <message>
        <source>no distance of the isocentre is told and it is taken to lie where a patient usually does, which moves all</source>
        <translation>kein Abstand des Isozentrums ist angegeben, und es wird dort angenommen, wo ein Patient gewöhnlich liegt, was alles verschiebt</translation>
    </message>
    <message>
        <source>no individuals of &apos;{kind}&apos; can be drawn; choose one of {PHANTOMS}</source>
        <translation>Individuen von &apos;{kind}&apos; lassen sich nicht zeichnen; eines von {PHANTOMS} wählen</translation>
    </message>
    <message>
        <source>no label is left for a fragment; name it with fragments, or the bones with bones</source>
        <translation>kein Label bleibt für ein Fragment; es mit fragments benennen, oder die Knochen mit bones</translation>
    </message>
    <message>
        <source>no landmarks were looked for; register with a landmark method first</source>
        <translation>es wurde nicht nach Landmarken gesucht; zuerst mit einem Landmarkenverfahren registrieren</translation>
    </message>
    <message>
        <source>no photon meets the CT: it is not in the beam; check pose, camera and CT</source>
        <translation>kein Photon trifft das CT: es liegt nicht im Strahl; Pose, Kamera und CT prüfen</translation>
    </message>
    <message>
        <source>no plate of beads or holes on a regular grid is found in {name}; give an X-ray of the calibration plate alone, with at least {LEAST_BEADS} beads, as the intensifier gave it</source>
        <translation>in {name} ist keine Platte mit Kugeln oder Löchern in regelmäßigem Raster zu finden; ein Röntgenbild der Kalibrierplatte allein angeben, mit mindestens {LEAST_BEADS} Kugeln, wie der Bildverstärker es lieferte</translation>
    </message>
    <message>
        <source>no pose brings the CT&apos;s bone to the ends that were clicked; click the two ends of the bone that is in the CT, in each X-ray, or check the source-to-detector distance and the pixel spacing</source>
        <translation>keine Pose bringt den Knochen des CT auf die angeklickten Enden; in jedem Röntgenbild die beiden Enden des Knochens anklicken, der im CT ist, oder Fokus-Detektor-Abstand und Pixelabstand prüfen</translation>
    </message>
    <message>
        <source>no pose near the start pose shows the bone; check the start pose and the camera</source>
        <translation>keine Pose nahe der Startpose zeigt den Knochen; Startpose und Kamera prüfen</translation>
    </message>
    <message>
        <source>no pose near the {by} fits; what would help most: a nearer one, a larger uncertainty of it, or to register without</source>
        <translation>keine Pose nahe {by} passt; am meisten hülfe: ein näherer Start, mehr Unsicherheit darin, oder ohne zu registrieren</translation>
    </message>
    <message>
        <source>no pose puts the landmarks in front of the source; check that 3D and 2D points are paired rightly</source>
        <translation>keine Pose legt die Landmarken vor die Quelle; prüfen, ob 3D- und 2D-Punkte richtig gepaart sind</translation>
    </message>
    <message>
        <source>no shadows of metal meet, so nothing is added to the CT</source>
        <translation>keine Schatten von Metall treffen sich, daher wird dem CT nichts hinzugefügt</translation>
    </message>
    <message>
        <source>no single point sees it, so that no camera (pinhole) describes it, and it cannot be registered</source>
        <translation>kein einzelner Punkt sieht es, sodass keine Kamera (Lochkamera) es beschreibt und es nicht registriert werden kann</translation>
    </message>
    <message>
        <source>no such weights are expected</source>
        <translation>solche Gewichte werden nicht erwartet</translation>
    </message>
    <message>
        <source>no view from any side, turned any way</source>
        <translation>keine Ansicht von irgendeiner Seite, beliebig gedreht</translation>
    </message>
    <message>
        <source>no view from any side, turned any way or flipped</source>
        <translation>keine Ansicht von irgendeiner Seite, beliebig gedreht oder gespiegelt</translation>
    </message>
    <message>
        <source>noise drawn</source>
        <translation>Rauschen gezogen</translation>
    </message>
    <message>
        <source>normalised without derivatives</source>
        <translation>normiert ohne Ableitungen</translation>
    </message>
    <message>
        <source>not assessed</source>
        <translation>nicht bewertet</translation>
    </message>
    <message>
        <source>not before the source</source>
        <translation>nicht vor der Quelle</translation>
    </message>
    <message>
        <source>not found by itself in the start frame: {lost}; give the poses of one frame with --init, or choose another with --start-frame</source>
        <translation>im Startbild nicht von selbst gefunden: {lost}; die Posen eines Einzelbilds mit --init angeben, oder mit --start-frame ein anderes wählen</translation>
    </message>
    <message>
        <source>not in mm; correct them</source>
        <translation>nicht in mm; sie berichtigen</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>not trusted</source>
        <translation>nicht verlässlich</translation>
    </message>
    <message>
        <source>notes</source>
        <translation>Hinweise</translation>
    </message>
    <message>
        <source>notes in {path} must be a list of sentences</source>
        <translation>notes in {path} muss eine Liste von Sätzen sein</translation>
    </message>
    <message>
        <source>nothing changes the volume</source>
        <translation>nichts ändert das Volumen</translation>
    </message>
    <message>
        <source>nothing fits so far: trying {where}</source>
        <translation>noch passt nichts: {where} wird versucht</translation>
    </message>
    <message>
        <source>nothing fits so far: trying {where} of the flipped X-ray</source>
        <translation>noch passt nichts: {where} wird am gespiegelten Röntgenbild versucht</translation>
    </message>
    <message>
        <source>nothing may change; allow bones, fragments or warp</source>
        <translation>nichts darf sich ändern; Knochen, Fragmente oder Formänderung erlauben</translation>
    </message>
    <message>
        <source>nothing of {name} lies on the plate of {source}; give the plate of this very camera</source>
        <translation>nichts von {name} liegt auf der Platte von {source}; die Platte eben dieser Kamera angeben</translation>
    </message>
    <message>
        <source>nothing tells {needed} of {why}; type it in or give a camera file</source>
        <translation>nichts nennt {needed} von {why}; es eintippen oder eine Kameradatei angeben</translation>
    </message>
    <message>
        <source>nothing was asked for</source>
        <translation>nichts wurde verlangt</translation>
    </message>
    <message>
        <source>numba is missing</source>
        <translation>numba fehlt</translation>
    </message>
    <message>
        <source>obturator oblique left</source>
        <translation>Obturator-Aufnahme links</translation>
    </message>
    <message>
        <source>obturator oblique right</source>
        <translation>Obturator-Aufnahme rechts</translation>
    </message>
    <message>
        <source>of the unknown kind {code}</source>
        <translation>von der unbekannten Art {code}</translation>
    </message>
    <message>
        <source>off the start</source>
        <translation>vom Start weg</translation>
    </message>
    <message>
        <source>one CT</source>
        <translation>ein CT</translation>
    </message>
    <message>
        <source>one X-ray does not hold a {value}</source>
        <translation>ein Röntgenbild hält kein {value}</translation>
    </message>
    <message>
        <source>one X-ray does not show the bone&apos;s depth: it was taken to be {guess} mm, the middle of what the geometry allows, and the surfaces are as large as that makes them</source>
        <translation>ein Röntgenbild zeigt die Tiefe des Knochens nicht: sie wurde mit {guess} mm angenommen, der Mitte dessen, was die Geometrie erlaubt, und die Oberflächen sind so groß, wie das sie macht</translation>
    </message>
    <message>
        <source>one X-ray leaves open how far away the bone is (standard deviation {depth_deviation_mm} mm of the depth, by the fit itself) and how large: a second view decides</source>
        <translation>ein Röntgenbild lässt offen, wie weit weg der Knochen ist (Standardabweichung {depth_deviation_mm} mm der Tiefe, nach der Anpassung selbst) und wie groß: eine zweite Ansicht entscheidet</translation>
    </message>
    <message>
        <source>one of the views does not agree with the pose (similarity {worst_view}): check camera, polarity and view prior, or give a start pose</source>
        <translation>eine der Aufnahmen passt nicht zur Pose (Ähnlichkeit {worst_view}): Kamera, Polarität und vorgegebene Ansicht prüfen, oder eine Startpose angeben</translation>
    </message>
    <message>
        <source>one right registration in {value} of the calibration lies beyond</source>
        <translation>eine richtige Registrierung in {value} der Kalibrierung liegt jenseits</translation>
    </message>
    <message>
        <source>one view</source>
        <translation>eine Aufnahme</translation>
    </message>
    <message>
        <source>only that low values are shown white</source>
        <translation>nur dass niedrige Werte weiß gezeigt werden</translation>
    </message>
    <message>
        <source>only the CT was prepared; there is no registration&apos;s result</source>
        <translation>nur das CT wurde vorbereitet; es gibt kein Ergebnis einer Registrierung</translation>
    </message>
    <message>
        <source>only {share} of the outline is found in a view</source>
        <translation>nur {share} des Umrisses sind in einer Ansicht gefunden</translation>
    </message>
    <message>
        <source>only {value} % of the bone is in the X-ray: take a view that shows more of it</source>
        <translation>nur {value} % des Knochens sind im Röntgenbild: eine Aufnahme machen, die mehr davon zeigt</translation>
    </message>
    <message>
        <source>only {value} % of the landmarks agree with the pose: reject wrong ones or pin right ones</source>
        <translation>nur {value} % der Landmarken passen zur Pose: falsche verwerfen oder richtige bestätigen</translation>
    </message>
    <message>
        <source>or</source>
        <translation>oder</translation>
    </message>
    <message>
        <source>out of memory</source>
        <translation>Speicher erschöpft</translation>
    </message>
    <message>
        <source>outward (pincushion)</source>
        <translation>auswärts (kissenförmig)</translation>
    </message>
    <message>
        <source>pair {index} in {path} must have ras (3 numbers, mm) and px (2 numbers)</source>
        <translation>Paar {index} in {path} muss ras (3 Zahlen, mm) und px (2 Zahlen) haben</translation>
    </message>
    <message>
        <source>pair {index}: {unread} (correct the key, or write it into a note)</source>
        <translation>Paar {index}: {unread} (den Schlüssel berichtigen, oder es in eine Notiz schreiben)</translation>
    </message>
    <message>
        <source>patient lying on the back, head first</source>
        <translation>Patient auf dem Rücken, Kopf voran</translation>
    </message>
    <message>
        <source>pitch_px and pitch_mm in {path} must be positive, smoothing 0 or more; write it again</source>
        <translation>pitch_px und pitch_mm in {path} müssen positiv sein, smoothing 0 oder mehr; sie neu schreiben</translation>
    </message>
    <message>
        <source>pixel size is</source>
        <translation>Pixelgröße ist</translation>
    </message>
    <message>
        <source>pixel_spacing_mm and source_to_detector_mm in {path} must be positive, in mm</source>
        <translation>pixel_spacing_mm und source_to_detector_mm in {path} müssen positiv sein, in mm</translation>
    </message>
    <message>
        <source>pixels</source>
        <translation>Pixel</translation>
    </message>
    <message>
        <source>pixels {by} % {shape}, against what was given</source>
        <translation>Pixel {by} % {shape}, gegenüber dem Gegebenen</translation>
    </message>
    <message>
        <source>places are</source>
        <translation>Orte sind</translation>
    </message>
    <message>
        <source>places in space are uncertain by {bound} mm: {resting}; give what is known, or calibrate the camera</source>
        <translation>Orte im Raum sind auf {bound} mm unsicher: {resting}; angeben, was bekannt ist, oder die Kamera kalibrieren</translation>
    </message>
    <message>
        <source>plates under several orientations need the C-arm&apos;s angles of each (--angles)</source>
        <translation>Platten unter mehreren Stellungen brauchen die Winkel des C-Bogens von jeder (--angles)</translation>
    </message>
    <message>
        <source>pose</source>
        <translation>Pose</translation>
    </message>
    <message>
        <source>pose {number}</source>
        <translation>Pose {number}</translation>
    </message>
    <message>
        <source>poses around it</source>
        <translation>Posen darum herum</translation>
    </message>
    <message>
        <source>poses around it, X-rays of different polarities</source>
        <translation>Posen darum herum, Röntgenbilder verschiedener Polarität</translation>
    </message>
    <message>
        <source>poses around it, the X-ray of the other polarity</source>
        <translation>Posen darum herum, das Röntgenbild von der anderen Polarität</translation>
    </message>
    <message>
        <source>poses around the best</source>
        <translation>Posen um die beste</translation>
    </message>
    <message>
        <source>primary {one}, secondary {two}, turned {turned} degrees</source>
        <translation>primär {one}, sekundär {two}, gedreht {turned} Grad</translation>
    </message>
    <message>
        <source>principal point</source>
        <translation>Hauptpunkt</translation>
    </message>
    <message>
        <source>processes that share the photons ended {losses} times, mostly for lack of memory; give fewer --processes, or less --memory</source>
        <translation>Prozesse, die sich die Photonen teilen, endeten {losses}-mal, meist aus Mangel an Speicher; geben Sie weniger --processes oder weniger --memory an</translation>
    </message>
    <message>
        <source>processor (no graphics card is used)</source>
        <translation>Prozessor (keine Grafikkarte wird verwendet)</translation>
    </message>
    <message>
        <source>projection {index} of {path} has no Matrix; write the geometry again with RTK</source>
        <translation>Projektion {index} von {path} hat keine Matrix; die Geometrie mit RTK neu schreiben</translation>
    </message>
    <message>
        <source>published checkpoint {name}</source>
        <translation>veröffentlichter Checkpoint {name}</translation>
    </message>
    <message>
        <source>quarter turns</source>
        <translation>Vierteldrehungen</translation>
    </message>
    <message>
        <source>ras_from_ijk is sheared; an ITK image must have perpendicular axes</source>
        <translation>ras_from_ijk ist geschert; ein ITK-Bild muss senkrechte Achsen haben</translation>
    </message>
    <message>
        <source>ras_from_ijk must be an invertible 4x4 matrix</source>
        <translation>ras_from_ijk muss eine umkehrbare 4x4-Matrix sein</translation>
    </message>
    <message>
        <source>reading the X-rays</source>
        <translation>Röntgenbilder werden gelesen</translation>
    </message>
    <message>
        <source>reading the network</source>
        <translation>Netz wird gelesen</translation>
    </message>
    <message>
        <source>reconstructing the bone</source>
        <translation>Knochen wird rekonstruiert</translation>
    </message>
    <message>
        <source>refining {count}at {pixels} pixels</source>
        <translation>{count}wird bei {pixels} Pixeln verfeinert</translation>
    </message>
    <message>
        <source>rendering templates for landmarks</source>
        <translation>Vorlagen für Landmarken werden gerechnet</translation>
    </message>
    <message>
        <source>rendering the bone from all sides</source>
        <translation>Knochen wird von allen Seiten gerechnet</translation>
    </message>
    <message>
        <source>rendering views of the bone</source>
        <translation>Ansichten des Knochens werden gerechnet</translation>
    </message>
    <message>
        <source>respiratory phase</source>
        <translation>Atemphase</translation>
    </message>
    <message>
        <source>rows of {columns} numbers</source>
        <translation>Zeilen aus {columns} Zahlen</translation>
    </message>
    <message>
        <source>running on a cluster needs Dask: pip install distributed, or leave out --scheduler</source>
        <translation>für einen Cluster wird Dask gebraucht: pip install distributed, oder --scheduler weglassen</translation>
    </message>
    <message>
        <source>saturated or signal-free areas ({value} %) were masked{kept}</source>
        <translation>gesättigte oder signalfreie Flächen ({value} %) wurden maskiert{kept}</translation>
    </message>
    <message>
        <source>says that the image is distorted</source>
        <translation>sagt, dass das Bild verzeichnet ist</translation>
    </message>
    <message>
        <source>scale it to mm</source>
        <translation>es auf mm skalieren</translation>
    </message>
    <message>
        <source>scatter: {value} photons</source>
        <translation>Streustrahlung: {value} Photonen</translation>
    </message>
    <message>
        <source>searching all views</source>
        <translation>alle Ansichten werden durchsucht</translation>
    </message>
    <message>
        <source>second</source>
        <translation>zweite</translation>
    </message>
    <message>
        <source>second look</source>
        <translation>zweiter Blick</translation>
    </message>
    <message>
        <source>see its authors</source>
        <translation>siehe seine Autoren</translation>
    </message>
    <message>
        <source>seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>several X-rays of one bone need their places in the rig (world_to_camera in their camera files)</source>
        <translation>mehrere Röntgenbilder eines Knochens brauchen ihre Plätze in der Anordnung (world_to_camera in ihren Kameradateien)</translation>
    </message>
    <message>
        <source>several views</source>
        <translation>mehrere Aufnahmen</translation>
    </message>
    <message>
        <source>shadows found</source>
        <translation>Schatten gefunden</translation>
    </message>
    <message>
        <source>shifted across the view</source>
        <translation>quer zur Ansicht verschoben</translation>
    </message>
    <message>
        <source>similarity</source>
        <translation>Ähnlichkeit</translation>
    </message>
    <message>
        <source>similarity with soft tissue</source>
        <translation>Ähnlichkeit mit Weichteilen</translation>
    </message>
    <message>
        <source>similarity {similarity}</source>
        <translation>Ähnlichkeit {similarity}</translation>
    </message>
    <message>
        <source>single views</source>
        <translation>einzelne Ansichten</translation>
    </message>
    <message>
        <source>small marks of high contrast, such as letters ({value} %), were masked</source>
        <translation>kleine Zeichen mit hohem Kontrast, etwa Buchstaben ({value} %), wurden maskiert</translation>
    </message>
    <message>
        <source>soft tissue</source>
        <translation>Weichteile</translation>
    </message>
    <message>
        <source>soft tissue and air of the CT were masked: an elliptic trunk of soft tissue was drawn around its bones</source>
        <translation>Weichteile und Luft des CTs waren ausgeblendet: um seine Knochen wurde ein elliptischer Rumpf aus Weichteilen gezeichnet</translation>
    </message>
    <message>
        <source>solving the pose by the landmarks</source>
        <translation>Pose wird aus den Landmarken gelöst</translation>
    </message>
    <message>
        <source>source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>source to detector</source>
        <translation>Fokus-Detektor-Abstand</translation>
    </message>
    <message>
        <source>source-to-detector over source-to-isocentre distance</source>
        <translation>Fokus-Detektor- durch Fokus-Isozentrum-Abstand</translation>
    </message>
    <message>
        <source>standard deviations of a normal distribution that 997 of 1000 stay within</source>
        <translation>Standardabweichungen einer Normalverteilung, innerhalb derer 997 von 1000 bleiben</translation>
    </message>
    <message>
        <source>start pose</source>
        <translation>Startpose</translation>
    </message>
    <message>
        <source>std, mm</source>
        <translation>Standardabw., mm</translation>
    </message>
    <message>
        <source>stitched from several exposures</source>
        <translation>aus mehreren Aufnahmen zusammengesetzt</translation>
    </message>
    <message>
        <source>surface models are read by VTK: pip install vtk</source>
        <translation>Oberflächenmodelle werden mit VTK gelesen: pip install vtk</translation>
    </message>
    <message>
        <source>surface poses</source>
        <translation>Oberflächenposen</translation>
    </message>
    <message>
        <source>surfaces are of labels</source>
        <translation>Oberflächen sind von Labels</translation>
    </message>
    <message>
        <source>targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>templates need at least one view; widen the view prior</source>
        <translation>Vorlagen brauchen mindestens eine Ansicht; die vorgegebene Ansicht weiter fassen</translation>
    </message>
    <message>
        <source>temporal position</source>
        <translation>zeitliche Position</translation>
    </message>
    <message>
        <source>that of the verdict on the purpose asked for, &apos;{purpose}&apos;</source>
        <translation>die der Bewertung für den verlangten Zweck, &apos;{purpose}&apos;</translation>
    </message>
    <message>
        <source>that the CT shows this bone, and the camera&apos;s distance and spacing</source>
        <translation>ob das CT diesen Knochen zeigt, und Abstand und Pixelabstand der Kamera</translation>
    </message>
    <message>
        <source>the C-arm {name}</source>
        <translation>der C-Bogen {name}</translation>
    </message>
    <message>
        <source>the C-arm {name} in {where} has values that cannot be; correct them</source>
        <translation>der C-Bogen {name} in {where} hat Werte, die nicht sein können; sie berichtigen</translation>
    </message>
    <message>
        <source>the C-arm&apos;s angles and isocenter must be numbers</source>
        <translation>Winkel und Isozentrum des C-Bogens müssen Zahlen sein</translation>
    </message>
    <message>
        <source>the C-arm&apos;s angles must lie within 360 degrees, the secondary one within 90</source>
        <translation>die Winkel des C-Bogens müssen innerhalb von 360 Grad liegen, der sekundäre innerhalb von 90</translation>
    </message>
    <message>
        <source>the CT</source>
        <translation>das CT</translation>
    </message>
    <message>
        <source>the CT does not fit the X-rays, moved and changed or not (similarity {similarity}); is it this patient&apos;s, and are the start pose and the cameras right?</source>
        <translation>das CT passt nicht zu den Röntgenbildern, bewegt und geändert oder nicht (Ähnlichkeit {similarity}); ist es das dieses Patienten, und stimmen Startpose und Kameras?</translation>
    </message>
    <message>
        <source>the CT holds a bone&apos;s shaft without its ends, and an X-ray hardly shows how far along itself it lies and how it is turned about itself: take a CT with an end of the bone</source>
        <translation>das CT enthält den Schaft eines Knochens ohne seine Enden, und ein Röntgenbild zeigt kaum, wie weit er entlang seiner Achse liegt und wie er um sie gedreht ist: nehmen Sie ein CT mit einem Ende des Knochens</translation>
    </message>
    <message>
        <source>the CT holds no tissue (less than 1 cm3 above -200 HU); give a CT in Hounsfield units</source>
        <translation>das CT enthält kein Gewebe (weniger als 1 cm³ über -200 HU); ein CT in Hounsfield-Einheiten angeben</translation>
    </message>
    <message>
        <source>the CT holds no tissue; give a CT in Hounsfield units</source>
        <translation>das CT enthält kein Gewebe; ein CT in Hounsfield-Einheiten angeben</translation>
    </message>
    <message>
        <source>the CT in {path} cannot be read ({reason}); convert it to uncompressed DICOM or NRRD</source>
        <translation>das CT in {path} ist nicht lesbar ({reason}); es in unkomprimiertes DICOM oder NRRD umwandeln</translation>
    </message>
    <message>
        <source>the CT in {path} is not a stack of grey slices; give the patient&apos;s CT</source>
        <translation>das CT in {path} ist kein Stapel grauer Schichten; das CT des Patienten angeben</translation>
    </message>
    <message>
        <source>the CT shows no bone (nothing above 150 HU); give a CT in Hounsfield units or a label map</source>
        <translation>das CT zeigt keinen Knochen (nichts über 150 HU); ein CT in Hounsfield-Einheiten oder ein Labelvolumen angeben</translation>
    </message>
    <message>
        <source>the CT was prepared for the view &apos;{view}&apos;, not &apos;{view2}&apos;; prepare it again for this view</source>
        <translation>das CT wurde für die Ansicht &apos;{view}&apos; vorbereitet, nicht für &apos;{view2}&apos;; es für diese Ansicht neu vorbereiten</translation>
    </message>
    <message>
        <source>the CT was prepared with the weights &apos;{encoder_name}&apos;, not with &apos;{name}&apos;; prepare it again</source>
        <translation>das CT wurde mit den Gewichten &apos;{encoder_name}&apos; vorbereitet, nicht mit &apos;{name}&apos;; es neu vorbereiten</translation>
    </message>
    <message>
        <source>the CT was prepared without a reconstruction; train its network with &apos;train --reconstruction&apos; and prepare the CT with its weights</source>
        <translation>das CT wurde ohne Rekonstruktion vorbereitet; ihr Netz mit &apos;train --reconstruction&apos; trainieren und das CT mit dessen Gewichten vorbereiten</translation>
    </message>
    <message>
        <source>the CT was prepared without fixed landmarks; train their network with &apos;train --fixed-landmarks&apos; and prepare the CT with its weights</source>
        <translation>das CT wurde ohne feste Landmarken vorbereitet; ihr Netz mit &apos;train --fixed-landmarks&apos; trainieren und das CT mit dessen Gewichten vorbereiten</translation>
    </message>
    <message>
        <source>the CT was prepared without landmark templates; prepare it again with weights (PrepareSettings.weights), or choose the method &apos;search&apos;</source>
        <translation>das CT wurde ohne Landmarkenvorlagen vorbereitet; es mit Gewichten (PrepareSettings.weights) neu vorbereiten, oder das Verfahren &apos;search&apos; wählen</translation>
    </message>
    <message>
        <source>the CT&apos;s bone is about as wide as it is long and has no two ends to click; place landmark pairs or set the C-arm&apos;s angles</source>
        <translation>der Knochen des CT ist etwa so breit wie lang und hat keine zwei Enden zum Anklicken; Landmarkenpaare setzen oder die Winkel des C-Bogens einstellen</translation>
    </message>
    <message>
        <source>the DRR agrees with the X-ray (similarity {similarity})</source>
        <translation>das DRR stimmt mit dem Röntgenbild überein (Ähnlichkeit {similarity})</translation>
    </message>
    <message>
        <source>the DRR does not agree with the X-ray (similarity {similarity}): check camera, polarity and view prior, or give a start pose</source>
        <translation>das DRR stimmt nicht mit dem Röntgenbild überein (Ähnlichkeit {similarity}): Kamera, Polarität und vorgegebene Ansicht prüfen, oder eine Startpose angeben</translation>
    </message>
    <message>
        <source>the Dask scheduler at {scheduler} has no worker; start some with: dask worker {scheduler2}</source>
        <translation>der Dask-Scheduler bei {scheduler} hat keinen Worker; welche starten mit: dask worker {scheduler2}</translation>
    </message>
    <message>
        <source>the MNI atlas</source>
        <translation>der MNI-Atlas</translation>
    </message>
    <message>
        <source>the RESULT.json that &apos;register&apos; wrote</source>
        <translation>die RESULT.json, die &apos;register&apos; schrieb</translation>
    </message>
    <message>
        <source>the Talairach atlas</source>
        <translation>der Talairach-Atlas</translation>
    </message>
    <message>
        <source>the VTK camera does not say what shape its image has; make it from the X-ray&apos;s camera</source>
        <translation>die VTK-Kamera sagt nicht, welche Form ihr Bild hat; sie aus der Kamera des Röntgenbilds machen</translation>
    </message>
    <message>
        <source>the VTK camera&apos;s position and focal point are the same point</source>
        <translation>Position und Brennpunkt der VTK-Kamera sind derselbe Punkt</translation>
    </message>
    <message>
        <source>the VTK camera&apos;s view angle must lie between 0 and 180 degrees, not {view_angle_deg}</source>
        <translation>der Blickwinkel der VTK-Kamera muss zwischen 0 und 180 Grad liegen, nicht {view_angle_deg}</translation>
    </message>
    <message>
        <source>the VTK camera&apos;s view-up is parallel to its view direction</source>
        <translation>die Aufwärtsrichtung der VTK-Kamera ist parallel zu ihrer Blickrichtung</translation>
    </message>
    <message>
        <source>the X-ray</source>
        <translation>das Röntgenbild</translation>
    </message>
    <message>
        <source>the X-ray energy must lie between 30 and 150 keV, not {energy_kev}</source>
        <translation>die Röntgenenergie muss zwischen 30 und 150 keV liegen, nicht {energy_kev}</translation>
    </message>
    <message>
        <source>the X-ray fits better flipped left to right: check whether it is mirrored or shows the other side</source>
        <translation>das Röntgenbild passt von links nach rechts gespiegelt besser: prüfen, ob es gespiegelt ist oder die andere Seite zeigt</translation>
    </message>
    <message>
        <source>the X-ray fits better with {distances}: check it; until then depth is not to be relied on</source>
        <translation>das Röntgenbild passt besser mit {distances}: ihn prüfen; bis dahin ist auf die Tiefe kein Verlass</translation>
    </message>
    <message>
        <source>the X-ray fits better with {what}</source>
        <translation>das Röntgenbild passt besser mit {what}</translation>
    </message>
    <message>
        <source>the X-ray fits only when flipped left to right (mirrored); check its orientation</source>
        <translation>das Röntgenbild passt nur von links nach rechts gespiegelt; seine Ausrichtung prüfen</translation>
    </message>
    <message>
        <source>the X-ray fits only with {found} bone, though it was said to have {told} bone; check its polarity</source>
        <translation>das Röntgenbild passt nur mit {found} Knochen, obwohl es {told} Knochen haben sollte; seine Polarität prüfen</translation>
    </message>
    <message>
        <source>the X-ray flipped left to right</source>
        <translation>das Röntgenbild von links nach rechts gespiegelt</translation>
    </message>
    <message>
        <source>the X-ray has no usable pixel at the scale of the bone; check its mask and its geometry</source>
        <translation>das Röntgenbild hat im Maßstab des Knochens kein brauchbares Pixel; seine Maske und Geometrie prüfen</translation>
    </message>
    <message>
        <source>the X-ray has no usable pixel; check its mask</source>
        <translation>das Röntgenbild hat kein brauchbares Pixel; seine Maske prüfen</translation>
    </message>
    <message>
        <source>the X-ray has {shape} pixels but its camera says {image_size}; give the camera of this very image (crop, binning and flips change it)</source>
        <translation>das Röntgenbild hat {shape} Pixel, aber seine Kamera sagt {image_size}; die Kamera eben dieses Bildes angeben (Zuschnitt, Binning und Spiegeln ändern sie)</translation>
    </message>
    <message>
        <source>the X-ray is only {value} px across at {pixel_mm} mm a pixel; check its pixel spacing and its distance from the source</source>
        <translation>das Röntgenbild ist nur {value} px breit bei {pixel_mm} mm je Pixel; seinen Pixelabstand und seinen Abstand von der Quelle prüfen</translation>
    </message>
    <message>
        <source>the X-ray is turned by {in_plane} degrees in its plane, not upright as the view &apos;{name}&apos; has it; turn it or choose the view &apos;any&apos;</source>
        <translation>das Röntgenbild ist um {in_plane} Grad in seiner Ebene gedreht, nicht aufrecht wie in der Ansicht &apos;{name}&apos;; es drehen oder die Ansicht &apos;any&apos; wählen</translation>
    </message>
    <message>
        <source>the X-ray is {width} x {height} pixels, but its camera is for {expected}; use the camera of this image</source>
        <translation>das Röntgenbild hat {width} x {height} Pixel, aber seine Kamera ist für {expected}; die Kamera dieses Bildes verwenden</translation>
    </message>
    <message>
        <source>the X-ray source lies inside the body; check the pose, the distances and the isocenter</source>
        <translation>die Röntgenquelle liegt im Körper; Pose, Abstände und Isozentrum prüfen</translation>
    </message>
    <message>
        <source>the X-ray turned by quarters, flipped or of another polarity</source>
        <translation>das Röntgenbild um Vierteldrehungen gedreht, gespiegelt oder von anderer Polarität</translation>
    </message>
    <message>
        <source>the X-ray was taken at {primary_deg}/{secondary_deg} degrees (primary/secondary), not in the view &apos;{name}&apos;; choose the view &apos;{better}&apos;</source>
        <translation>das Röntgenbild wurde bei {primary_deg}/{secondary_deg} Grad (primär/sekundär) aufgenommen, nicht in der Ansicht &apos;{name}&apos;; die Ansicht &apos;{better}&apos; wählen</translation>
    </message>
    <message>
        <source>the X-ray&apos;s camera: origin in the source, z to the detector</source>
        <translation>die Kamera des Röntgenbilds: Ursprung in der Quelle, z zum Detektor</translation>
    </message>
    <message>
        <source>the X-ray&apos;s geometry kept in the scene is damaged ({error}); give it again</source>
        <translation>die in der Szene bewahrte Geometrie des Röntgenbilds ist beschädigt ({error}); sie neu angeben</translation>
    </message>
    <message>
        <source>the X-ray&apos;s size</source>
        <translation>die Größe des Röntgenbilds</translation>
    </message>
    <message>
        <source>the X-rays contradict each other: each fits better by itself, by {gains} of similarity at least; check that they are of one moment and that their cameras are those of this rig</source>
        <translation>die Röntgenbilder widersprechen einander: jedes passt für sich besser, um mindestens {gains} der Ähnlichkeit; prüfen, ob sie vom selben Augenblick sind und ihre Kameras die dieser Anordnung</translation>
    </message>
    <message>
        <source>the X-rays show {value} % of it; take one that shows more, or leave it with its neighbor</source>
        <translation>die Röntgenbilder zeigen {value} % davon; eines aufnehmen, das mehr zeigt, oder es bei seinem Nachbarn lassen</translation>
    </message>
    <message>
        <source>the X-rays were taken from the same side; a point&apos;s depth needs another side</source>
        <translation>die Röntgenbilder wurden von derselben Seite aufgenommen; die Tiefe eines Punkts braucht eine andere Seite</translation>
    </message>
    <message>
        <source>the angles of a joint need two bodies: give --body twice, the one nearer to the trunk first</source>
        <translation>für die Winkel eines Gelenks braucht es zwei Körper: --body zweimal angeben, den rumpfnäheren zuerst</translation>
    </message>
    <message>
        <source>the beam&apos;s eye view that RT Image prescribes</source>
        <translation>der Blick vom Strahl aus, den RT Image vorschreibt</translation>
    </message>
    <message>
        <source>the bodies lie far outside the CT; give them in its frame (RAS mm), or leave out --ct</source>
        <translation>die Körper liegen weit außerhalb des CT; sie in dessen Bezugssystem angeben (RAS mm), oder --ct weglassen</translation>
    </message>
    <message>
        <source>the body reaches {value} mm behind the detector; check the pose, or put the detector further away</source>
        <translation>der Körper reicht {value} mm hinter den Detektor; die Pose prüfen oder den Detektor weiter weg stellen</translation>
    </message>
    <message>
        <source>the bone between the ends that were clicked</source>
        <translation>der Knochen zwischen den angeklickten Enden</translation>
    </message>
    <message>
        <source>the bone chosen from the label map holds no bone point; check that the label map fits the CT</source>
        <translation>der aus der Label-Karte gewählte Knochen enthält keinen Knochenpunkt; prüfen, ob die Label-Karte zum CT passt</translation>
    </message>
    <message>
        <source>the bone ended at the limit of the allowed depth: check the source-to-detector distance or allow more depth</source>
        <translation>der Knochen endete an der Grenze der erlaubten Tiefe: den Fokus-Detektor-Abstand prüfen oder mehr Tiefe erlauben</translation>
    </message>
    <message>
        <source>the bone mask is empty; check the labels or the CT</source>
        <translation>die Knochenmaske ist leer; die Labels oder das CT prüfen</translation>
    </message>
    <message>
        <source>the bone mask is empty; there is no bone to draw</source>
        <translation>die Knochenmaske ist leer; es gibt keinen Knochen zu zeichnen</translation>
    </message>
    <message>
        <source>the bone mask&apos;s size {shape} differs from the CT&apos;s {shape2}</source>
        <translation>die Größe {shape} der Knochenmaske weicht von der des CT ab, {shape2}</translation>
    </message>
    <message>
        <source>the bone reconstructed from the X-rays</source>
        <translation>der aus den Röntgenbildern rekonstruierte Knochen</translation>
    </message>
    <message>
        <source>the bone&apos;s distance from the source must be a positive number of mm, not {given}</source>
        <translation>der Abstand des Knochens von der Quelle muss eine positive Zahl von mm sein, nicht {given}</translation>
    </message>
    <message>
        <source>the bones turn about the line between them, which bends no joint; give landmarks with --axes</source>
        <translation>die Knochen drehen sich um die Linie zwischen ihnen, was kein Gelenk beugt; mit --axes Landmarken angeben</translation>
    </message>
    <message>
        <source>the bones turn by {largest} degrees against each other, too little to fit axes to; give landmarks with --axes</source>
        <translation>die Knochen drehen sich um {largest} Grad gegeneinander, zu wenig, um Achsen daran anzupassen; mit --axes Landmarken angeben</translation>
    </message>
    <message>
        <source>the calibration of the weights must be the numbers {value}, not {about}</source>
        <translation>die Kalibrierung der Gewichte müssen die Zahlen {value} sein, nicht {about}</translation>
    </message>
    <message>
        <source>the camera matrix K in {path} is singular; its focal lengths must not be zero</source>
        <translation>die Kameramatrix K in {path} ist singulär; ihre Brennweiten dürfen nicht null sein</translation>
    </message>
    <message>
        <source>the camera matrix K is singular: its focal lengths must not be zero</source>
        <translation>die Kameramatrix K ist singulär: ihre Brennweiten dürfen nicht null sein</translation>
    </message>
    <message>
        <source>the camera matrix K must be 3x3 and finite</source>
        <translation>die Kameramatrix K muss 3x3 und endlich sein</translation>
    </message>
    <message>
        <source>the camera matrix in {path} holds a value that is not a finite number; correct it</source>
        <translation>die Kameramatrix in {path} enthält einen Wert, der keine endliche Zahl ist; ihn berichtigen</translation>
    </message>
    <message>
        <source>the camera of {name} has no place in a rig (world_to_camera); several cameras need a calibrated rig</source>
        <translation>die Kamera von {name} hat keinen Platz in einer Anordnung (world_to_camera); mehrere Kameras brauchen eine kalibrierte Anordnung</translation>
    </message>
    <message>
        <source>the camera turns by {turn} degrees as its files tell; poses are seen from where it stands in its first frame</source>
        <translation>die Kamera dreht sich nach ihren Dateien um {turn} Grad; Posen sind von dort gesehen, wo sie in ihrem ersten Einzelbild steht</translation>
    </message>
    <message>
        <source>the cameras have no frame in common; check --offset</source>
        <translation>die Kameras haben kein gemeinsames Einzelbild; --offset prüfen</translation>
    </message>
    <message>
        <source>the card has no fused kernel</source>
        <translation>die Karte hat keinen verschmolzenen Kernel</translation>
    </message>
    <message>
        <source>the central beam is assumed to meet the image&apos;s middle: places across the view rest on that</source>
        <translation>es ist angenommen, dass der Zentralstrahl die Bildmitte trifft: Orte quer zur Ansicht beruhen darauf</translation>
    </message>
    <message>
        <source>the clicks meet behind a source; click the same point in both X-rays</source>
        <translation>die Klicks treffen sich hinter einer Quelle; in beiden Röntgenbildern denselben Punkt anklicken</translation>
    </message>
    <message>
        <source>the clicks meet behind a source; click the same tool in both X-rays</source>
        <translation>die Klicks treffen sich hinter einer Quelle; in beiden Röntgenbildern dasselbe Werkzeug anklicken</translation>
    </message>
    <message>
        <source>the detector needs a side in mm above zero and 2 to {_MOST_PIXELS} pixels along it</source>
        <translation>der Detektor braucht eine Seite in mm über null und 2 bis {_MOST_PIXELS} Pixel daran</translation>
    </message>
    <message>
        <source>the detector&apos;s thickness must be a positive number of mm, not {csi_mm}</source>
        <translation>die Dicke des Detektors muss eine positive Zahl von mm sein, nicht {csi_mm}</translation>
    </message>
    <message>
        <source>the distance and spacing of each camera</source>
        <translation>Abstand und Pixelabstand jeder Kamera</translation>
    </message>
    <message>
        <source>the distortion is of images of {width} x {height} px, this one has {shape} x {shape2}; give the plate&apos;s image of this very camera and mode</source>
        <translation>die Verzeichnung gilt für Bilder von {width} x {height} px, dieses hat {shape} x {shape2}; das Plattenbild eben dieser Kamera und Betriebsart angeben</translation>
    </message>
    <message>
        <source>the distortion was measured under {plates} orientations of the C-arm and nothing tells that of this X-ray; give its angles with --angles</source>
        <translation>die Verzeichnung wurde unter {plates} Stellungen des C-Bogens gemessen, und nichts nennt die dieses Röntgenbilds; seine Winkel mit --angles angeben</translation>
    </message>
    <message>
        <source>the element {tag} is damaged</source>
        <translation>das Element {tag} ist beschädigt</translation>
    </message>
    <message>
        <source>the energy must be a whole number from {energies} to {energies2} keV, not {energy_kev}</source>
        <translation>die Energie muss eine ganze Zahl von {energies} bis {energies2} keV sein, nicht {energy_kev}</translation>
    </message>
    <message>
        <source>the error allowed must be more than 0 mm</source>
        <translation>der erlaubte Fehler muss mehr als 0 mm sein</translation>
    </message>
    <message>
        <source>the fields of the calibrated views do not overlap; check world_to_camera of each camera file</source>
        <translation>die Bildfelder der kalibrierten Ansichten überlappen nicht; world_to_camera jeder Kameradatei prüfen</translation>
    </message>
    <message>
        <source>the file that &apos;rayemb undistort --plate&apos; wrote</source>
        <translation>die Datei, die &apos;rayemb undistort --plate&apos; schrieb</translation>
    </message>
    <message>
        <source>the file&apos;s Modality LUT is damaged ({error}); export the image again</source>
        <translation>die Modality LUT der Datei ist beschädigt ({error}); das Bild neu exportieren</translation>
    </message>
    <message>
        <source>the filter &apos;{part}&apos; is not understood; write material and mm, as in &quot;Al 3, Cu 0.1&quot;</source>
        <translation>der Filter &apos;{part}&apos; wird nicht verstanden; Material und mm schreiben, wie in &quot;Al 3, Cu 0.1&quot;</translation>
    </message>
    <message>
        <source>the filters let nothing of the beam through; give thinner ones</source>
        <translation>die Filter lassen nichts vom Strahl durch; dünnere angeben</translation>
    </message>
    <message>
        <source>the finer levels that were saved</source>
        <translation>die eingesparten feineren Stufen</translation>
    </message>
    <message>
        <source>the fixed landmarks are of another CT (one is {max} mm off this bone); train them anew</source>
        <translation>die festen Landmarken gehören zu einem anderen CT (eine liegt {max} mm neben diesem Knochen); sie neu trainieren</translation>
    </message>
    <message>
        <source>the folder {folder} does not exist; make it or choose another for {name}</source>
        <translation>den Ordner {folder} gibt es nicht; ihn anlegen oder einen anderen für {name} wählen</translation>
    </message>
    <message>
        <source>the folder {folder} may not be written to; choose another for {name}</source>
        <translation>in den Ordner {folder} darf nicht geschrieben werden; einen anderen für {name} wählen</translation>
    </message>
    <message>
        <source>the geometry is for {image_size} x {image_size2} pixels, {name} has {size} x {size2}; give the geometry of this very image: cropping and resampling change it</source>
        <translation>die Geometrie gilt für {image_size} x {image_size2} Pixel, {name} hat {size} x {size2}; die Geometrie eben dieses Bildes angeben: Zuschneiden und Umrechnen ändern sie</translation>
    </message>
    <message>
        <source>the graphics card&apos;s memory does not suffice; choose the processor as device</source>
        <translation>der Speicher der Grafikkarte reicht nicht aus; wählen Sie den Prozessor als Gerät</translation>
    </message>
    <message>
        <source>the graphics card&apos;s memory does not suffice; going on with the processor</source>
        <translation>der Speicher der Grafikkarte reicht nicht; weiter mit dem Prozessor</translation>
    </message>
    <message>
        <source>the grid needs a ratio, lines per cm and strips thinner than their distance, all positive</source>
        <translation>das Raster braucht ein Schachtverhältnis, Linien je cm und Lamellen, die dünner sind als ihr Abstand, alles positiv</translation>
    </message>
    <message>
        <source>the image size must be positive, not {width} x {height}</source>
        <translation>die Bildgröße muss positiv sein, nicht {width} x {height}</translation>
    </message>
    <message>
        <source>the image would move the pinned landmarks by {moved} mm: the pose is from the landmarks alone; check the pinned ones</source>
        <translation>das Bild verschöbe die festgesetzten Landmarken um {moved} mm: die Pose stammt allein aus den Landmarken; die festgesetzten prüfen</translation>
    </message>
    <message>
        <source>the image&apos;s centre</source>
        <translation>die Bildmitte</translation>
    </message>
    <message>
        <source>the image&apos;s centre; Field of View Origin does not fit the detector</source>
        <translation>die Bildmitte; Field of View Origin passt nicht zum Detektor</translation>
    </message>
    <message>
        <source>the image&apos;s colour table is damaged ({error}); export it again</source>
        <translation>die Farbtabelle des Bildes ist beschädigt ({error}); es neu exportieren</translation>
    </message>
    <message>
        <source>the image&apos;s direction matrix is not orthonormal; resample the image to a grid without shear</source>
        <translation>die Richtungsmatrix des Bildes ist nicht orthonormal; das Bild auf ein Gitter ohne Scherung umrechnen</translation>
    </message>
    <message>
        <source>the isocenter must lie between source and detector, not {source_to_isocenter_mm} mm from the source with the detector at {source_to_detector_mm} mm</source>
        <translation>das Isozentrum muss zwischen Quelle und Detektor liegen, nicht {source_to_isocenter_mm} mm von der Quelle mit dem Detektor bei {source_to_detector_mm} mm</translation>
    </message>
    <message>
        <source>the label map has no label {value}; it has {value2}</source>
        <translation>das Labelvolumen hat kein Label {value}; es hat {value2}</translation>
    </message>
    <message>
        <source>the label map has no voxel with the label {absent}; choose labels that occur in it</source>
        <translation>das Labelvolumen hat kein Voxel mit dem Label {absent}; Labels wählen, die darin vorkommen</translation>
    </message>
    <message>
        <source>the label map has no voxel with the label {missing}; choose labels that occur in it</source>
        <translation>das Labelvolumen hat kein Voxel mit dem Label {missing}; Labels wählen, die darin vorkommen</translation>
    </message>
    <message>
        <source>the label map marks no bone; choose labels that occur in it</source>
        <translation>das Labelvolumen bezeichnet keinen Knochen; Labels wählen, die darin vorkommen</translation>
    </message>
    <message>
        <source>the label map marks one bone, which moves against none; give a label a bone, or allow a warp</source>
        <translation>das Labelvolumen bezeichnet einen einzigen Knochen, der sich gegen keinen bewegt; jedem Knochen ein Label geben, oder eine Formänderung erlauben</translation>
    </message>
    <message>
        <source>the label map&apos;s size {shape} differs from the CT&apos;s {shape2}</source>
        <translation>die Größe {shape} des Labelvolumens weicht von der des CT ab, {shape2}</translation>
    </message>
    <message>
        <source>the label map&apos;s size {shape} differs from the volume&apos;s {shape2}</source>
        <translation>die Größe {shape} des Labelvolumens weicht von der des Volumens ab, {shape2}</translation>
    </message>
    <message>
        <source>the labels of {path} lie outside the CT; give the label map of this very CT</source>
        <translation>die Labels von {path} liegen außerhalb des CT; das Labelvolumen eben dieses CT angeben</translation>
    </message>
    <message>
        <source>the landmarks lie on a line, which leaves a turn about it open; add a landmark beside it</source>
        <translation>die Landmarken liegen auf einer Linie, was eine Drehung darum offen lässt; eine Landmarke daneben hinzufügen</translation>
    </message>
    <message>
        <source>the landmarks of an anatomical frame lie on one line; give a third one aside of it</source>
        <translation>die Landmarken eines anatomischen Bezugssystems liegen auf einer Linie; eine dritte abseits davon angeben</translation>
    </message>
    <message>
        <source>the last row of a pose matrix must be 0 0 0 1</source>
        <translation>die letzte Zeile einer Posenmatrix muss 0 0 0 1 sein</translation>
    </message>
    <message>
        <source>the last row of the camera matrix K must be 0 0 1</source>
        <translation>die letzte Zeile der Kameramatrix K muss 0 0 1 sein</translation>
    </message>
    <message>
        <source>the least from which at most one in 100 trusted is wrong, judged without its like</source>
        <translation>das Kleinste, ab dem höchstens eine von 100 verlässlichen falsch ist, ohne ihresgleichen beurteilt</translation>
    </message>
    <message>
        <source>the method &apos;intensity&apos; needs DiffDRR: install diffdrr==0.6.1, or choose another method</source>
        <translation>das Verfahren &apos;intensity&apos; braucht DiffDRR: diffdrr==0.6.1 installieren, oder ein anderes Verfahren wählen</translation>
    </message>
    <message>
        <source>the method &apos;{method}&apos; is unknown; choose one of {METHODS}</source>
        <translation>das Verfahren &apos;{method}&apos; ist unbekannt; eines von {METHODS} wählen</translation>
    </message>
    <message>
        <source>the middle of the view prior, as nothing else gave a pose</source>
        <translation>die Mitte der vorgegebenen Ansicht, da sonst nichts eine Pose ergab</translation>
    </message>
    <message>
        <source>the minutes to train must be positive, not {minutes}</source>
        <translation>die Minuten des Trainings müssen positiv sein, nicht {minutes}</translation>
    </message>
    <message>
        <source>the model&apos;s voxels must be 0.2 to 20 mm wide, not {spacing_mm}; 2 to 4 are usual</source>
        <translation>die Voxel des Modells müssen 0,2 bis 20 mm breit sein, nicht {spacing_mm}; 2 bis 4 sind üblich</translation>
    </message>
    <message>
        <source>the network sees no bone in the X-ray; check its polarity, its camera and the depth</source>
        <translation>das Netz sieht keinen Knochen im Röntgenbild; seine Polarität, seine Kamera und die Tiefe prüfen</translation>
    </message>
    <message>
        <source>the normals of {name} pointed inwards; they were turned</source>
        <translation>die Normalen von {name} zeigten nach innen; sie wurden umgedreht</translation>
    </message>
    <message>
        <source>the number of bone points must be positive, not {count}</source>
        <translation>die Zahl der Knochenpunkte muss positiv sein, nicht {count}</translation>
    </message>
    <message>
        <source>the number of photons must lie between 1 and {value}</source>
        <translation>die Zahl der Photonen muss zwischen 1 und {value} liegen</translation>
    </message>
    <message>
        <source>the origin of a value is one of {ORIGINS}, not {origin}</source>
        <translation>die Herkunft eines Werts ist eine von {ORIGINS}, nicht {origin}</translation>
    </message>
    <message>
        <source>the other named views</source>
        <translation>die anderen benannten Ansichten</translation>
    </message>
    <message>
        <source>the outline lies {rms} px off the edges</source>
        <translation>der Umriss liegt {rms} px neben den Kanten</translation>
    </message>
    <message>
        <source>the overlay mode &apos;{mode}&apos; is unknown; choose one of {MODES}</source>
        <translation>die Art der Überlagerung &apos;{mode}&apos; ist unbekannt; eine von {MODES} wählen</translation>
    </message>
    <message>
        <source>the padding value {padding} of {path} was set to air</source>
        <translation>der Füllwert {padding} von {path} wurde auf Luft gesetzt</translation>
    </message>
    <message>
        <source>the patient&apos;s, of the CT</source>
        <translation>die des Patienten, aus dem CT</translation>
    </message>
    <message>
        <source>the photons of a pixel must be a positive number, not {photons_per_pixel}</source>
        <translation>die Photonen eines Pixels müssen eine positive Zahl sein, nicht {photons_per_pixel}</translation>
    </message>
    <message>
        <source>the picture</source>
        <translation>das Bild</translation>
    </message>
    <message>
        <source>the pixel rows and columns of K stand {value} degrees to each other, not 90; check K</source>
        <translation>die Pixelzeilen und -spalten von K stehen {value} Grad zueinander, nicht 90; K prüfen</translation>
    </message>
    <message>
        <source>the pixel spacing must be two positive numbers in mm</source>
        <translation>der Pixelabstand müssen zwei positive Zahlen in mm sein</translation>
    </message>
    <message>
        <source>the pixel spacing on the detector</source>
        <translation>den Pixelabstand auf dem Detektor</translation>
    </message>
    <message>
        <source>the pixel spacing on the detector in mm (field width divided by the number of columns)</source>
        <translation>den Pixelabstand auf dem Detektor in mm (Breite des Bildfelds geteilt durch die Zahl der Spalten)</translation>
    </message>
    <message>
        <source>the pixels of {name} are compressed, but it does not say how; export the image again</source>
        <translation>die Pixel von {name} sind komprimiert, aber es steht nicht darin, wie; das Bild neu exportieren</translation>
    </message>
    <message>
        <source>the pixels of {name} are damaged or cut off; copy the file again ({error})</source>
        <translation>die Pixel von {name} sind beschädigt oder abgeschnitten; die Datei neu kopieren ({error})</translation>
    </message>
    <message>
        <source>the pixels of {name} are {shape} x {shape2}, not {Columns} x {Rows} as it says; it is damaged: copy the file again</source>
        <translation>die Pixel von {name} sind {shape} x {shape2}, nicht {Columns} x {Rows}, wie darin steht; es ist beschädigt: die Datei neu kopieren</translation>
    </message>
    <message>
        <source>the pixels of {name} cannot be read: {error}</source>
        <translation>die Pixel von {name} sind nicht lesbar: {error}</translation>
    </message>
    <message>
        <source>the place of metal does not follow from so few X-rays ({given} of the {LEAST_VIEWS} that are needed), so nothing is added to the CT</source>
        <translation>der Ort von Metall folgt nicht aus so wenigen Röntgenbildern ({given} von den {LEAST_VIEWS}, die nötig sind), daher wird dem CT nichts hinzugefügt</translation>
    </message>
    <message>
        <source>the plate</source>
        <translation>die Platte</translation>
    </message>
    <message>
        <source>the plate of {source}</source>
        <translation>die Platte von {source}</translation>
    </message>
    <message>
        <source>the plate {name} has {straight_px} beads and needs {LEAST_BEADS}; give an image of it all</source>
        <translation>die Platte {name} hat {straight_px} Kugeln und braucht {LEAST_BEADS}; ein Bild der ganzen Platte angeben</translation>
    </message>
    <message>
        <source>the plate {name} needs as many straight as seen points of two numbers; fit it again</source>
        <translation>die Platte {name} braucht gleich viele gerade wie gesehene Punkte aus zwei Zahlen; sie neu anpassen</translation>
    </message>
    <message>
        <source>the plate&apos;s images have different sizes ({told}); give those of one camera and one mode</source>
        <translation>die Bilder der Platte haben verschiedene Größen ({told}); die einer Kamera und einer Betriebsart angeben</translation>
    </message>
    <message>
        <source>the point is outside every template view of this bone; pick a point on the bone</source>
        <translation>der Punkt liegt außerhalb jeder Vorlagenansicht dieses Knochens; einen Punkt auf dem Knochen wählen</translation>
    </message>
    <message>
        <source>the points in {path} are in the frame &apos;{name}&apos;; save them in RAS or LPS</source>
        <translation>die Punkte in {path} sind im Bezugssystem &apos;{name}&apos;; sie in RAS oder LPS speichern</translation>
    </message>
    <message>
        <source>the points in {path} are in {markup}; save them in mm</source>
        <translation>die Punkte in {path} sind in {markup}; sie in mm speichern</translation>
    </message>
    <message>
        <source>the pose found is {_OFF_IN} farther than the start allows ({value} standard deviations): check the start pose, or say that it is less certain</source>
        <translation>die gefundene Pose ist weiter {_OFF_IN}, als der Start erlaubt ({value} Standardabweichungen): die Startpose prüfen, oder sie als weniger sicher angeben</translation>
    </message>
    <message>
        <source>the pose is uncertain by {bound} mm; add a view from another side</source>
        <translation>die Pose ist auf {bound} mm unsicher; eine Aufnahme von einer anderen Seite hinzufügen</translation>
    </message>
    <message>
        <source>the pose itself, refined</source>
        <translation>die Pose selbst, verfeinert</translation>
    </message>
    <message>
        <source>the pose puts the bone behind the source; check the start pose and its direction (ras_to_camera)</source>
        <translation>die Pose setzt den Knochen hinter die Quelle; die Startpose und ihre Richtung prüfen (ras_to_camera)</translation>
    </message>
    <message>
        <source>the pose puts the bone outside the X-ray; check the start pose, the camera and the CT</source>
        <translation>die Pose setzt den Knochen außerhalb des Röntgenbilds; Startpose, Kamera und CT prüfen</translation>
    </message>
    <message>
        <source>the positioner angles</source>
        <translation>die Winkel des C-Bogens</translation>
    </message>
    <message>
        <source>the prepared CT could not be kept in {folder}: {error}</source>
        <translation>das vorbereitete CT konnte nicht in {folder} behalten werden: {error}</translation>
    </message>
    <message>
        <source>the prepared CT {name} could not be read and was set aside by another program</source>
        <translation>das vorbereitete CT {name} war nicht lesbar und wurde von einem anderen Programm beiseite gelegt</translation>
    </message>
    <message>
        <source>the prepared CT {name} could not be read, nor its lock taken: {error}</source>
        <translation>das vorbereitete CT {name} war nicht lesbar, und seine Sperre nicht zu bekommen: {error}</translation>
    </message>
    <message>
        <source>the prepared CT {name} could not be read; it was set aside as {name2} and made again</source>
        <translation>das vorbereitete CT {name} war nicht lesbar; es wurde als {name2} beiseite gelegt und neu gemacht</translation>
    </message>
    <message>
        <source>the prepared CT {path} cannot be read ({strerror}); check its permissions</source>
        <translation>das vorbereitete CT {path} ist nicht lesbar ({strerror}); seine Zugriffsrechte prüfen</translation>
    </message>
    <message>
        <source>the prepared CT {path} could not be read nor set aside ({strerror}); it is left as it is</source>
        <translation>das vorbereitete CT {path} war weder lesbar noch beiseite zu legen ({strerror}); es bleibt, wie es ist</translation>
    </message>
    <message>
        <source>the projection matrix in {where} is singular; write it again, 3 rows of 4 numbers</source>
        <translation>die Projektionsmatrix in {where} ist singulär; sie neu schreiben, 3 Zeilen zu 4 Zahlen</translation>
    </message>
    <message>
        <source>the projection matrix in {where} is that of a parallel projection or empty; an X-ray&apos;s is needed</source>
        <translation>die Projektionsmatrix in {where} ist die einer Parallelprojektion oder leer; die eines Röntgenbilds ist nötig</translation>
    </message>
    <message>
        <source>the reconstruction is by a network that knows no CT; give the bone&apos;s depth in place of a pose</source>
        <translation>die Rekonstruktion stammt von einem Netz, das kein CT kennt; statt einer Pose die Tiefe des Knochens angeben</translation>
    </message>
    <message>
        <source>the reconstruction was trained on another CT (its bone&apos;s middle lies {gap} mm off this one&apos;s); train it anew</source>
        <translation>die Rekonstruktion wurde an einem anderen CT trainiert (die Mitte seines Knochens liegt {gap} mm neben der von diesem); sie neu trainieren</translation>
    </message>
    <message>
        <source>the registration shows no X-ray {value}</source>
        <translation>die Registrierung zeigt kein Röntgenbild {value}</translation>
    </message>
    <message>
        <source>the rest</source>
        <translation>der Rest</translation>
    </message>
    <message>
        <source>the root hangs on nothing</source>
        <translation>die Wurzel hängt an nichts</translation>
    </message>
    <message>
        <source>the scatter map needs 2 to 512 cells along its side, not {cells}</source>
        <translation>die Karte der Streustrahlung braucht 2 bis 512 Zellen je Seite, nicht {cells}</translation>
    </message>
    <message>
        <source>the scatter&apos;s error cannot be brought so low; ask for a larger one, or give --photons</source>
        <translation>so klein lässt sich der Fehler der Streustrahlung nicht machen; einen größeren verlangen oder --photons angeben</translation>
    </message>
    <message>
        <source>the scatter&apos;s error must lie between 0.0001 and 1 (0.05 is 5 %)</source>
        <translation>der Fehler der Streustrahlung muss zwischen 0,0001 und 1 liegen (0,05 sind 5 %)</translation>
    </message>
    <message>
        <source>the search &apos;{search}&apos; is unknown; choose dense or bounded</source>
        <translation>die Suche &apos;{search}&apos; ist unbekannt; dense oder bounded wählen</translation>
    </message>
    <message>
        <source>the section &apos;{name}&apos; of {path} must hold {shape} rows of {shape2} numbers</source>
        <translation>der Abschnitt &apos;{name}&apos; von {path} muss {shape} Zeilen zu {shape2} Zahlen enthalten</translation>
    </message>
    <message>
        <source>the seed and the smoothing must not be negative</source>
        <translation>Startwert und Glättung dürfen nicht negativ sein</translation>
    </message>
    <message>
        <source>the segments of {GetName} lie outside the CT; choose this CT&apos;s segmentation</source>
        <translation>die Segmente von {GetName} liegen außerhalb des CT; die Segmentierung dieses CT wählen</translation>
    </message>
    <message>
        <source>the series {name} of {folder} is {modality}, not CT; give the patient&apos;s CT</source>
        <translation>die Serie {name} von {folder} ist {modality}, nicht CT; das CT des Patienten angeben</translation>
    </message>
    <message>
        <source>the shape does not fit X-ray {strange}, so that it is not to be used: its place was missed, or the bone is none of the model&apos;s; check cameras, polarity and view prior</source>
        <translation>die Form passt nicht zu Röntgenbild {strange}, so dass sie nicht zu gebrauchen ist: ihr Ort wurde verfehlt, oder der Knochen ist keiner des Modells; Kameras, Polarität und vorgegebene Ansicht prüfen</translation>
    </message>
    <message>
        <source>the shape has no surface; fit it again from another pose</source>
        <translation>die Form hat keine Oberfläche; sie von einer anderen Pose aus neu anpassen</translation>
    </message>
    <message>
        <source>the shape is one of a model&apos;s ({value}), not the patient&apos;s CT: what no X-ray shows of it is the model&apos;s; of {weights} modes the X-rays tell {seen}</source>
        <translation>die Form ist eine aus einem Modell ({value}), nicht das CT des Patienten: was kein Röntgenbild von ihr zeigt, ist das des Modells; von {weights} Moden zeigen die Röntgenbilder {seen}</translation>
    </message>
    <message>
        <source>the sides of an image must be multiples of {multiple}, not {shape}</source>
        <translation>die Seiten eines Bildes müssen Vielfache von {multiple} sein, nicht {shape}</translation>
    </message>
    <message>
        <source>the simulated X-ray</source>
        <translation>das simulierte Röntgenbild</translation>
    </message>
    <message>
        <source>the size of its voxels</source>
        <translation>wie groß seine Voxel sind</translation>
    </message>
    <message>
        <source>the size of {name} is not known; give the image</source>
        <translation>die Größe von {name} ist nicht bekannt; das Bild angeben</translation>
    </message>
    <message>
        <source>the slice {file} is cut off within its header, or damaged; copy the CT again</source>
        <translation>die Schicht {file} ist in ihrem Kopf abgeschnitten oder beschädigt; das CT neu kopieren</translation>
    </message>
    <message>
        <source>the slice {path} is cut off or damaged; copy the CT again</source>
        <translation>die Schicht {path} ist abgeschnitten oder beschädigt; das CT neu kopieren</translation>
    </message>
    <message>
        <source>the slice {path} is cut off: {value} of its pixels are missing; copy the CT again</source>
        <translation>die Schicht {path} ist abgeschnitten: {value} ihrer Pixel fehlen; das CT neu kopieren</translation>
    </message>
    <message>
        <source>the slices in {folder} are up to {off} mm beside their line; load it in 3D Slicer with regularisation of the acquisition geometry and save the CT as NRRD</source>
        <translation>die Schichten in {folder} liegen bis zu {off} mm neben ihrer Linie; es in 3D Slicer mit Regularisierung der Aufnahmegeometrie laden und das CT als NRRD speichern</translation>
    </message>
    <message>
        <source>the slices in {folder} differ in direction (a scout among them?); give the axial CT slices alone</source>
        <translation>die Schichten in {folder} haben verschiedene Richtungen (ein Scout darunter?); die axialen CT-Schichten allein angeben</translation>
    </message>
    <message>
        <source>the slices in {folder} differ in size or pixel spacing; give the slices of one CT alone</source>
        <translation>die Schichten in {folder} haben verschiedene Größen oder Pixelabstände; die Schichten eines einzigen CT angeben</translation>
    </message>
    <message>
        <source>the slices in {folder} have a direction that is none ({row}, {column}); export the CT again</source>
        <translation>die Schichten in {folder} haben eine Richtung, die keine ist ({row}, {column}); das CT neu exportieren</translation>
    </message>
    <message>
        <source>the slices in {folder} have pixels of {tolist} mm, which is no size; export it again</source>
        <translation>die Schichten in {folder} haben Pixel von {tolist} mm, was keine Größe ist; sie neu exportieren</translation>
    </message>
    <message>
        <source>the slices in {folder} lie unevenly ({min} to {max} mm apart); load it in 3D Slicer with regularisation of the acquisition geometry and save the CT as NRRD</source>
        <translation>die Schichten in {folder} liegen ungleichmäßig ({min} bis {max} mm auseinander); es in 3D Slicer mit Regularisierung der Aufnahmegeometrie laden und das CT als NRRD speichern</translation>
    </message>
    <message>
        <source>the source-to-detector distance in mm (about 1000 for a mobile C-arm)</source>
        <translation>den Fokus-Detektor-Abstand in mm (etwa 1000 bei einem mobilen C-Bogen)</translation>
    </message>
    <message>
        <source>the source-to-detector distance is assumed: depth rests on that</source>
        <translation>der Fokus-Detektor-Abstand ist angenommen: die Tiefe beruht darauf</translation>
    </message>
    <message>
        <source>the source-to-detector distance must be a positive number in mm</source>
        <translation>der Fokus-Detektor-Abstand muss eine positive Zahl in mm sein</translation>
    </message>
    <message>
        <source>the source-to-detector distance {distance} mm was derived from K and the pixel spacing</source>
        <translation>der Fokus-Detektor-Abstand {distance} mm wurde aus K und dem Pixelabstand abgeleitet</translation>
    </message>
    <message>
        <source>the start frame {start_frame} is not among the frames that are tracked</source>
        <translation>das Startbild {start_frame} ist nicht unter den verfolgten Einzelbildern</translation>
    </message>
    <message>
        <source>the start pose of {name} puts the bone behind the source; it must map CT RAS mm to the camera (ras_to_camera, z from the source to the detector)</source>
        <translation>die Startpose von {name} setzt den Knochen hinter die Quelle; sie muss RAS-mm des CT auf die Kamera abbilden (ras_to_camera, z von der Quelle zum Detektor)</translation>
    </message>
    <message>
        <source>the time given ran out on a coarse image; more of it will find the pose more exactly</source>
        <translation>die gegebene Zeit lief auf einem groben Bild ab; mit mehr davon wird die Pose genauer gefunden</translation>
    </message>
    <message>
        <source>the time given ran out while trying {method} ({says}); more of it may find a better pose</source>
        <translation>die gegebene Zeit lief beim Versuch {method} ab ({says}); mit mehr davon wird vielleicht eine bessere Pose gefunden</translation>
    </message>
    <message>
        <source>the time to register must be more than 0 s, not {seconds}</source>
        <translation>die Zeit zum Registrieren muss mehr als 0 s sein, nicht {seconds}</translation>
    </message>
    <message>
        <source>the tool lies in the plane of both sources, where its depth is not seen; use another X-ray</source>
        <translation>das Werkzeug liegt in der Ebene beider Quellen, wo seine Tiefe nicht zu sehen ist; ein anderes Röntgenbild verwenden</translation>
    </message>
    <message>
        <source>the track holds no frame to draw</source>
        <translation>die Verfolgung enthält kein Einzelbild zum Zeichnen</translation>
    </message>
    <message>
        <source>the track holds no frame; track the sequence first</source>
        <translation>die Verfolgung enthält kein Bild; zuerst die Sequenz verfolgen</translation>
    </message>
    <message>
        <source>the training&apos;s loss stayed not finite; lower the learning rate</source>
        <translation>der Verlust des Trainings blieb nicht endlich; die Lernrate senken</translation>
    </message>
    <message>
        <source>the tube voltage must lie between 40 and 150 kVp, not {kvp}</source>
        <translation>die Röhrenspannung muss zwischen 40 und 150 kVp liegen, nicht {kvp}</translation>
    </message>
    <message>
        <source>the tube voltage must lie between {voltages} and {voltages2} kVp, not {kvp}</source>
        <translation>die Röhrenspannung muss zwischen {voltages} und {voltages2} kVp liegen, nicht {kvp}</translation>
    </message>
    <message>
        <source>the upper left 3x3 block is a reflection; flip the image (and its camera) instead</source>
        <translation>der linke obere 3x3-Block ist eine Spiegelung; stattdessen das Bild (und seine Kamera) spiegeln</translation>
    </message>
    <message>
        <source>the upper left 3x3 block is not a rotation (scaling or shear); only rigid poses are accepted</source>
        <translation>der linke obere 3x3-Block ist keine Rotation (Skalierung oder Scherung); nur starre Posen werden angenommen</translation>
    </message>
    <message>
        <source>the verdict was given on another {changed} and is void: register again, or assess the pose as it is now</source>
        <translation>die Bewertung galt für ein anderes {changed} und ist hinfällig: neu registrieren, oder die Pose bewerten, wie sie jetzt ist</translation>
    </message>
    <message>
        <source>the view of pair {index} in {path} must be a whole number from 0</source>
        <translation>die Ansicht von Paar {index} in {path} muss eine ganze Zahl ab 0 sein</translation>
    </message>
    <message>
        <source>the view prior &apos;{view}&apos; is unknown; choose one of {VIEW_PRIORS}</source>
        <translation>die vorgegebene Ansicht &apos;{view}&apos; ist unbekannt; eine von {VIEW_PRIORS} wählen</translation>
    </message>
    <message>
        <source>the view {names}</source>
        <translation>die Ansicht {names}</translation>
    </message>
    <message>
        <source>the views agree better with {distances}: check the geometry of both cameras</source>
        <translation>die Aufnahmen passen besser zueinander mit {distances}: die Geometrie beider Kameras prüfen</translation>
    </message>
    <message>
        <source>the views agree better with {what}</source>
        <translation>die Aufnahmen passen besser zueinander mit {what}</translation>
    </message>
    <message>
        <source>the voxel spacing must be three positive numbers in mm, not {tolist}</source>
        <translation>der Voxelabstand müssen drei positive Zahlen in mm sein, nicht {tolist}</translation>
    </message>
    <message>
        <source>the voxels of {path} are in {name}, which is not beside it; copy both files together</source>
        <translation>die Voxel von {path} sind in {name}, das nicht daneben liegt; beide Dateien zusammen kopieren</translation>
    </message>
    <message>
        <source>the weights hold no fixed landmarks; train some with &apos;train --fixed-landmarks&apos;</source>
        <translation>die Gewichte enthalten keine festen Landmarken; welche mit &apos;train --fixed-landmarks&apos; trainieren</translation>
    </message>
    <message>
        <source>the weights name fixed landmarks but hold another network; train them with &apos;train --fixed-landmarks&apos;</source>
        <translation>die Gewichte nennen feste Landmarken, enthalten aber ein anderes Netz; sie mit &apos;train --fixed-landmarks&apos; trainieren</translation>
    </message>
    <message>
        <source>the weights reconstruct any anatomy and know no CT&apos;s coordinates; to register by a reconstruction, train a network on this CT with &apos;train --reconstruction&apos;</source>
        <translation>die Gewichte rekonstruieren beliebige Anatomie und kennen die Koordinaten keines CT; um mit einer Rekonstruktion zu registrieren, ein Netz an diesem CT mit &apos;train --reconstruction&apos; trainieren</translation>
    </message>
    <message>
        <source>the weights reconstruct no bone; train some with &apos;train --reconstruction&apos;</source>
        <translation>die Gewichte rekonstruieren keinen Knochen; welche mit &apos;train --reconstruction&apos; trainieren</translation>
    </message>
    <message>
        <source>the weights say that they reconstruct bone but hold another network; train them again</source>
        <translation>die Gewichte sagen, dass sie Knochen rekonstruieren, enthalten aber ein anderes Netz; sie neu trainieren</translation>
    </message>
    <message>
        <source>the weights to start from are of another size than the network&apos;s</source>
        <translation>die Gewichte, von denen auszugehen ist, haben eine andere Größe als die des Netzes</translation>
    </message>
    <message>
        <source>the weights {path} do not exist{hint}</source>
        <translation>die Gewichte {path} gibt es nicht{hint}</translation>
    </message>
    <message>
        <source>the weights&apos; fixed landmarks do not fit their network; train them again</source>
        <translation>die festen Landmarken der Gewichte passen nicht zu ihrem Netz; sie neu trainieren</translation>
    </message>
    <message>
        <source>the whole body lies behind the X-ray source; check the pose</source>
        <translation>der ganze Körper liegt hinter der Röntgenquelle; die Pose prüfen</translation>
    </message>
    <message>
        <source>the {joint} turns about no one axis that could be fitted; give landmarks with --axes</source>
        <translation>das Gelenk ({joint}) dreht sich um keine einzelne Achse, die sich anpassen ließe; mit --axes Landmarken angeben</translation>
    </message>
    <message>
        <source>the {value} camera seems {parts}, seen from the first: check both cameras&apos; places in the rig (world_to_camera) and where the central beam meets the images (principal point)</source>
        <translation>die {value} Kamera scheint {parts}, von der ersten aus gesehen: die Plätze beider Kameras in der Anordnung (world_to_camera) prüfen und wo der Zentralstrahl die Bilder trifft (Hauptpunkt)</translation>
    </message>
    <message>
        <source>there are no landmarks to write into {path}</source>
        <translation>es gibt keine Landmarken, die nach {path} zu schreiben wären</translation>
    </message>
    <message>
        <source>there are {points} landmarks in the CT and {pixels} in the X-ray; give pairs</source>
        <translation>es gibt {points} Landmarken im CT und {pixels} im Röntgenbild; Paare angeben</translation>
    </message>
    <message>
        <source>there is no &apos;{thing}&apos; to show or hide; choose one of {THINGS}</source>
        <translation>&apos;{thing}&apos; zum Zeigen oder Verbergen gibt es nicht; eines von {THINGS} wählen</translation>
    </message>
    <message>
        <source>there is no X-ray at {path}; give a folder, a pattern or a file of several frames</source>
        <translation>unter {path} gibt es kein Röntgenbild; einen Ordner, ein Muster oder eine Datei mit mehreren Einzelbildern angeben</translation>
    </message>
    <message>
        <source>there is no X-ray in {name}; give the folder with the X-rays and their camera files</source>
        <translation>in {name} gibt es kein Röntgenbild; den Ordner mit den Röntgenbildern und ihren Kameradateien angeben</translation>
    </message>
    <message>
        <source>there is no bone to render</source>
        <translation>es gibt keinen Knochen zu rendern</translation>
    </message>
    <message>
        <source>there is no bone to take points from; check the labels or the CT</source>
        <translation>es gibt keinen Knochen, von dem Punkte zu nehmen wären; die Labels oder das CT prüfen</translation>
    </message>
    <message>
        <source>there is no detector of the kind &apos;{kind}&apos;; use one of {KINDS}</source>
        <translation>einen Detektor der Art &apos;{kind}&apos; gibt es nicht; eine nehmen von {KINDS}</translation>
    </message>
    <message>
        <source>there is no display curve &apos;{display}&apos;; use one of {DISPLAYS}</source>
        <translation>eine Anzeigekurve &apos;{display}&apos; gibt es nicht; eine nehmen von {DISPLAYS}</translation>
    </message>
    <message>
        <source>there is no file {path}</source>
        <translation>es gibt keine Datei {path}</translation>
    </message>
    <message>
        <source>there is no file {path}; check the path</source>
        <translation>es gibt keine Datei {path}; den Pfad prüfen</translation>
    </message>
    <message>
        <source>there is no landmark {missing}; there are {landmarks}, counted from 0</source>
        <translation>es gibt keine Landmarke {missing}; es gibt {landmarks}, von 0 gezählt</translation>
    </message>
    <message>
        <source>there is no material &apos;{material}&apos; in the tables; use one of {materials}</source>
        <translation>ein Material &apos;{material}&apos; steht nicht in den Tabellen; eines nehmen von {materials}</translation>
    </message>
    <message>
        <source>there is no material &apos;{name}&apos;; choose one of {MATERIALS}</source>
        <translation>es gibt kein Material &apos;{name}&apos;; eines von {MATERIALS} wählen</translation>
    </message>
    <message>
        <source>there is no pose to write into {path}</source>
        <translation>es gibt keine Pose, die nach {path} zu schreiben wäre</translation>
    </message>
    <message>
        <source>there is no pose to write; register first</source>
        <translation>es gibt keine Pose zu schreiben; zuerst registrieren</translation>
    </message>
    <message>
        <source>there is no scheduler file {scheduler}; start one with: dask scheduler --scheduler-file {scheduler2}</source>
        <translation>die Scheduler-Datei {scheduler} gibt es nicht; einen Scheduler starten mit: dask scheduler --scheduler-file {scheduler2}</translation>
    </message>
    <message>
        <source>there is no start pose of {missing}; give it in the file of --init</source>
        <translation>es gibt keine Startpose von {missing}; sie in der Datei von --init angeben</translation>
    </message>
    <message>
        <source>there is no unit &apos;{unit}&apos;; choose one of {UNITS_MM}</source>
        <translation>es gibt keine Einheit &apos;{unit}&apos;; eine von {UNITS_MM} wählen</translation>
    </message>
    <message>
        <source>third</source>
        <translation>dritte</translation>
    </message>
    <message>
        <source>this OpenCV writes no {suffix}; choose {CODECS}, or a sheet</source>
        <translation>dieses OpenCV schreibt kein {suffix}; {CODECS} wählen, oder ein Blatt</translation>
    </message>
    <message>
        <source>this camera&apos;s K has a skew (columns not perpendicular to rows), which this convention cannot hold</source>
        <translation>K dieser Kamera ist geschert (Spalten nicht senkrecht zu Zeilen), was diese Konvention nicht enthalten kann</translation>
    </message>
    <message>
        <source>this computer offers no {name} to PyTorch; choose auto or cpu</source>
        <translation>dieser Rechner bietet PyTorch kein {name}; auto oder cpu wählen</translation>
    </message>
    <message>
        <source>this is not an X-ray&apos;s geometry, or one of a later version of this program; update the program</source>
        <translation>das ist nicht die Geometrie eines Röntgenbilds, oder die einer späteren Version dieses Programms; das Programm aktualisieren</translation>
    </message>
    <message>
        <source>three numbers</source>
        <translation>drei Zahlen</translation>
    </message>
    <message>
        <source>time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>train some with the verb train</source>
        <translation>mit dem Befehl train welche trainieren</translation>
    </message>
    <message>
        <source>tried: {tried}</source>
        <translation>versucht: {tried}</translation>
    </message>
    <message>
        <source>trigger time</source>
        <translation>Auslösezeit</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>trusted</source>
        <translation>verlässlich</translation>
    </message>
    <message>
        <source>trying the change on a part of the picture</source>
        <translation>Änderung wird an einem Teil des Bildes erprobt</translation>
    </message>
    <message>
        <source>trying the implant on what took no part</source>
        <translation>das Implantat wird an dem erprobt, was nicht teilnahm</translation>
    </message>
    <message>
        <source>trying the metal on each X-ray, left out in its turn</source>
        <translation>Metall wird an jedem Röntgenbild erprobt, das reihum ausgelassen wird</translation>
    </message>
    <message>
        <source>turned</source>
        <translation>verdreht</translation>
    </message>
    <message>
        <source>turned about the bone by {value} degrees</source>
        <translation>um den Knochen um {value} Grad gedreht</translation>
    </message>
    <message>
        <source>turned by 180 degrees</source>
        <translation>um 180 Grad gedreht</translation>
    </message>
    <message>
        <source>turned by 90 degrees and flipped</source>
        <translation>um 90 Grad gedreht und gespiegelt</translation>
    </message>
    <message>
        <source>turned by 90 degrees clockwise</source>
        <translation>um 90 Grad im Uhrzeigersinn gedreht</translation>
    </message>
    <message>
        <source>turned by 90 degrees counter-clockwise</source>
        <translation>um 90 Grad gegen den Uhrzeigersinn gedreht</translation>
    </message>
    <message>
        <source>turned by quarters, flipped or of another polarity, looked at more finely</source>
        <translation>um Vierteldrehungen gedreht, gespiegelt oder von anderer Polarität, genauer betrachtet</translation>
    </message>
    <message>
        <source>turning Hounsfield units into attenuation</source>
        <translation>Hounsfield-Einheiten werden in Schwächung umgerechnet</translation>
    </message>
    <message>
        <source>turning {name} about its joint</source>
        <translation>{name} wird um sein Gelenk gedreht</translation>
    </message>
    <message>
        <source>two bodies are called {names}; give their files different names</source>
        <translation>zwei Körper heißen {names}; ihren Dateien verschiedene Namen geben</translation>
    </message>
    <message>
        <source>two clicks lie upon each other; click the tool at two places that are apart</source>
        <translation>zwei Klicks liegen aufeinander; das Werkzeug an zwei Stellen anklicken, die auseinander liegen</translation>
    </message>
    <message>
        <source>two positive whole numbers</source>
        <translation>zwei positive ganze Zahlen</translation>
    </message>
    <message>
        <source>undistort the X-ray first and give the undistorted image&apos;s camera without it</source>
        <translation>zuerst das Röntgenbild entzerren und die Kamera des entzerrten Bildes ohne sie angeben</translation>
    </message>
    <message>
        <source>unknown collimation &apos;{kind}&apos;; use none, round or rectangular</source>
        <translation>unbekannte Einblendung &apos;{kind}&apos;; none, round oder rectangular nehmen</translation>
    </message>
    <message>
        <source>unknown display &apos;{display}&apos;; use one of {DISPLAYS}</source>
        <translation>unbekannte Anzeigekurve &apos;{display}&apos;; eine nehmen von {DISPLAYS}</translation>
    </message>
    <message>
        <source>unknown kind of procedural volume &apos;{kind}&apos;; use one of {known}</source>
        <translation>unbekannte Art eines gezeichneten Volumens &apos;{kind}&apos;; eine nehmen von {known}</translation>
    </message>
    <message>
        <source>unknown patient position {patient_position}; use one of {_FRONT_AND_HEAD_OF_TABLE}</source>
        <translation>unbekannte Patientenlagerung {patient_position}; eine von {_FRONT_AND_HEAD_OF_TABLE} verwenden</translation>
    </message>
    <message>
        <source>up to {worst} %</source>
        <translation>bis {worst} %</translation>
    </message>
    <message>
        <source>use</source>
        <translation>Verwendung</translation>
    </message>
    <message>
        <source>values were taken as line integrals with bone bright</source>
        <translation>Werte wurden als Linienintegrale mit hellem Knochen genommen</translation>
    </message>
    <message>
        <source>verdict</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>versions</source>
        <translation>Versionen</translation>
    </message>
    <message>
        <source>views in {path} must be a list with one object for each X-ray</source>
        <translation>views in {path} muss eine Liste mit einem Objekt je Röntgenbild sein</translation>
    </message>
    <message>
        <source>views, each left out in turn</source>
        <translation>Aufnahmen, reihum ausgelassen,</translation>
    </message>
    <message>
        <source>volumes on one grid need four dimensions, not {ndim}</source>
        <translation>Volumen auf einem Gitter brauchen vier Dimensionen, nicht {ndim}</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>what is drawn on the X-ray may be off by {bound}: take an X-ray that shows more of the bone, or a finer CT</source>
        <translation>was ins Röntgenbild gezeichnet ist, kann um {bound} daneben liegen: ein Röntgenbild aufnehmen, das mehr vom Knochen zeigt, oder ein feineres CT</translation>
    </message>
    <message>
        <source>what may change is one of {ALLOWED}, not &apos;{value}&apos;</source>
        <translation>was sich ändern darf, ist eines von {ALLOWED}, nicht &apos;{value}&apos;</translation>
    </message>
    <message>
        <source>what the file&apos;s tags say of its polarity</source>
        <translation>was die Attribute der Datei von ihrer Polarität sagen</translation>
    </message>
    <message>
        <source>what was registered is not {name}; register again</source>
        <translation>was registriert wurde, ist nicht {name}; neu registrieren</translation>
    </message>
    <message>
        <source>what would help most: a rough pose (drag the bone, or four landmark pairs), or the method &apos;both&apos; or &apos;search&apos;</source>
        <translation>am meisten hülfe: eine grobe Pose (den Knochen ziehen, oder vier Landmarkenpaare), oder das Verfahren &apos;both&apos; oder &apos;search&apos;</translation>
    </message>
    <message>
        <source>what would help most: a rough pose or a second view, which tell apart the poses that fit alike</source>
        <translation>am meisten hülfe: eine grobe Pose oder eine zweite Aufnahme, die gleich gut passende Posen unterscheiden</translation>
    </message>
    <message>
        <source>what would help most: {more}</source>
        <translation>am meisten hülfe: {more}</translation>
    </message>
    <message>
        <source>where grey values are spread evenly</source>
        <translation>wo Grauwerte gleichmäßig verteilt sind</translation>
    </message>
    <message>
        <source>whose fan of rays moves along the patient</source>
        <translation>deren Strahlenfächer am Patienten entlangwandert</translation>
    </message>
    <message>
        <source>why</source>
        <translation>warum</translation>
    </message>
    <message>
        <source>wider search</source>
        <translation>weitere Suche</translation>
    </message>
    <message>
        <source>wider than high</source>
        <translation>breiter als hoch</translation>
    </message>
    <message>
        <source>without a start pose the CT must be prepared with views (PrepareSettings.library)</source>
        <translation>ohne Startpose muss das CT mit Ansichten vorbereitet sein (PrepareSettings.library)</translation>
    </message>
    <message>
        <source>without description</source>
        <translation>ohne Beschreibung</translation>
    </message>
    <message>
        <source>worst part</source>
        <translation>schlechtester Teil</translation>
    </message>
    <message>
        <source>worst view</source>
        <translation>schlechteste Aufnahme</translation>
    </message>
    <message>
        <source>write lengths in mm and pixels in px, and leave it out</source>
        <translation>Längen in mm und Pixel in px schreiben, und es weglassen</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>{GetName} has none of the chosen segments; choose segments that it has</source>
        <translation>{GetName} hat keines der gewählten Segmente; Segmente wählen, die es hat</translation>
    </message>
    <message>
        <source>{GetName} holds no image; load {what} again</source>
        <translation>{GetName} enthält kein Bild; {what} neu laden</translation>
    </message>
    <message>
        <source>{GetName} is under the non-linear transform {GetName2}; harden it (module Transforms), or take the volume out of it</source>
        <translation>{GetName} steht unter der nichtlinearen Transformation {GetName2}; sie härten (Modul Transforms), oder das Volumen herausnehmen</translation>
    </message>
    <message>
        <source>{K}, {K2} px</source>
        <translation>{K}, {K2} px</translation>
    </message>
    <message>
        <source>{areas} small holes</source>
        <translation>{areas} kleine Löcher</translation>
    </message>
    <message>
        <source>{beside} mm beside its place, or turned by {value} degrees</source>
        <translation>{beside} mm neben seinem Ort, oder um {value} Grad gedreht</translation>
    </message>
    <message>
        <source>{chance}another pose fits almost as well ({value} %); add a second view or give a start pose</source>
        <translation>{chance}eine andere Pose passt fast ebenso gut ({value} %); eine zweite Aufnahme hinzufügen oder eine Startpose angeben</translation>
    </message>
    <message>
        <source>{chance}the CT holds little of what the X-ray shows ({value} %), and this may be a neighbouring bone; register a CT that holds the neighbours too, or give a start pose</source>
        <translation>{chance}das CT enthält wenig von dem, was das Röntgenbild zeigt ({value} %), und dies ist vielleicht ein Nachbarknochen; ein CT registrieren, das auch die Nachbarn enthält, oder eine Startpose angeben</translation>
    </message>
    <message>
        <source>{chance}the DRR agrees little with the X-ray (similarity {similarity}); check camera, polarity and view prior, or give a start pose</source>
        <translation>{chance}das DRR stimmt wenig mit dem Röntgenbild überein (Ähnlichkeit {similarity}); Kamera, Polarität und vorgegebene Ansicht prüfen, oder eine Startpose angeben</translation>
    </message>
    <message>
        <source>{chance}the X-ray flipped left to right fits almost as well ({value} %); check its orientation or add a second view</source>
        <translation>{chance}das von links nach rechts gespiegelte Röntgenbild passt fast ebenso gut ({value} %); seine Ausrichtung prüfen oder eine zweite Aufnahme hinzufügen</translation>
    </message>
    <message>
        <source>{chance}the views disagree by {views_mm} mm; check the cameras&apos; relative geometry</source>
        <translation>{chance}die Aufnahmen widersprechen sich um {views_mm} mm; die Geometrie der Kameras zueinander prüfen</translation>
    </message>
    <message>
        <source>{copies} identical copies of slices were left out</source>
        <translation>{copies} identische Kopien von Schichten wurden weggelassen</translation>
    </message>
    <message>
        <source>{cost}. An X-ray of a calibration plate corrects it: &apos;rayemb undistort&apos;, then --distortion</source>
        <translation>{cost}. Ein Röntgenbild einer Kalibrierplatte korrigiert sie: &apos;rayemb undistort&apos;, dann --distortion</translation>
    </message>
    <message>
        <source>{count} parameters and {fixed_counts} fixed ones</source>
        <translation>{count} Parameter und {fixed_counts} feste</translation>
    </message>
    <message>
        <source>{count} voxels ({value})</source>
        <translation>{count} Voxel ({value})</translation>
    </message>
    <message>
        <source>{ct} registered to {xrays}</source>
        <translation>{ct} registriert zu {xrays}</translation>
    </message>
    <message>
        <source>{data_path}, which holds the voxels of {name}</source>
        <translation>{data_path}, das die Voxel von {name} enthält</translation>
    </message>
    <message>
        <source>{differ_mm} mm is loose for so few X-rays</source>
        <translation>{differ_mm} mm ist lose für so wenige Röntgenbilder</translation>
    </message>
    <message>
        <source>{doubt}; give a CT in Hounsfield units</source>
        <translation>{doubt}; ein CT in Hounsfield-Einheiten angeben</translation>
    </message>
    <message>
        <source>{doubt}; read as a CT whose soft tissue was masked</source>
        <translation>{doubt}; als CT gelesen, dessen Weichteile maskiert wurden</translation>
    </message>
    <message>
        <source>{expected_mm} mm to expect</source>
        <translation>{expected_mm} mm zu erwarten</translation>
    </message>
    <message>
        <source>{explanation} is {value}; it cannot be below 1 and is not used</source>
        <translation>{explanation} ist {value}; es kann nicht unter 1 sein und wird nicht verwendet</translation>
    </message>
    <message>
        <source>{extent_mm} mm long, in voxels of {spacing_mm} mm</source>
        <translation>{extent_mm} mm lang, in Voxeln von {spacing_mm} mm</translation>
    </message>
    <message>
        <source>{fits}; expected error {median} across the view and {median2} in depth</source>
        <translation>{fits}; zu erwartender Fehler {median} quer zur Ansicht und {median2} in der Tiefe</translation>
    </message>
    <message>
        <source>{fits}; what is drawn on it is right to {median} (95 %: {bound})</source>
        <translation>{fits}; was darauf gezeichnet ist, stimmt auf {median} (95 %: {bound})</translation>
    </message>
    <message>
        <source>{fitted}, and no less than a fit as good as the pose&apos;s own</source>
        <translation>{fitted}, und nicht weniger als eine ebenso gute Anpassung wie die der Pose</translation>
    </message>
    <message>
        <source>{fitted}, and no more than the chance at which a camera is spoken of</source>
        <translation>{fitted}, und nicht mehr als die Wahrscheinlichkeit, bei der von einer Kamera gesprochen wird</translation>
    </message>
    <message>
        <source>{folder} holds no DICOM images; give the folder with the CT slices, or a NIfTI or NRRD file</source>
        <translation>{folder} enthält keine DICOM-Bilder; den Ordner mit den CT-Schichten angeben, oder eine NIfTI- oder NRRD-Datei</translation>
    </message>
    <message>
        <source>{folder} holds no series &apos;{wanted}&apos;; it holds {found}</source>
        <translation>{folder} enthält keine Serie &apos;{wanted}&apos;; es enthält {found}</translation>
    </message>
    <message>
        <source>{folder} holds several slices at one place (phases of a 4-D CT?); give one phase alone</source>
        <translation>{folder} enthält mehrere Schichten an einem Ort (Phasen eines 4D-CT?); eine Phase allein angeben</translation>
    </message>
    <message>
        <source>{folder} holds {chosen} series that may be meant: {chosen2}; choose one with --series and its number, description or the end of its UID, or give a folder that holds it alone</source>
        <translation>{folder} enthält {chosen} Serien, die gemeint sein können: {chosen2}; eine mit --series und ihrer Nummer, Beschreibung oder dem Ende ihrer UID wählen, oder einen Ordner angeben, der sie allein enthält</translation>
    </message>
    <message>
        <source>{folder} holds {found} series; {name} was read, not {others}; another is chosen by --series</source>
        <translation>{folder} enthält {found} Serien; {name} wurde gelesen, nicht {others}; eine andere wählt --series</translation>
    </message>
    <message>
        <source>{folder} holds {kinds}, not CT; give the patient&apos;s CT</source>
        <translation>{folder} enthält {kinds}, nicht CT; das CT des Patienten angeben</translation>
    </message>
    <message>
        <source>{folder} is a file; give the name of a new folder</source>
        <translation>{folder} ist eine Datei; den Namen eines neuen Ordners angeben</translation>
    </message>
    <message>
        <source>{folder} is no folder; give the one with the X-rays and their camera files</source>
        <translation>{folder} ist kein Ordner; den mit den Röntgenbildern und ihren Kameradateien angeben</translation>
    </message>
    <message>
        <source>{folder} is not empty; give the name of a new folder</source>
        <translation>{folder} ist nicht leer; den Namen eines neuen Ordners angeben</translation>
    </message>
    <message>
        <source>{given} in {path}: {problem}</source>
        <translation>{given} in {path}: {problem}</translation>
    </message>
    <message>
        <source>{keyword} divided by the number of pixels</source>
        <translation>{keyword} geteilt durch die Zahl der Pixel</translation>
    </message>
    <message>
        <source>{keyword} plus {value} of frame {frame}</source>
        <translation>{keyword} plus {value} von Einzelbild {frame}</translation>
    </message>
    <message>
        <source>{key} in {path} holds a value that is not a finite number; correct it</source>
        <translation>{key} in {path} enthält einen Wert, der keine endliche Zahl ist; ihn berichtigen</translation>
    </message>
    <message>
        <source>{key} in {path} must be {wanted}</source>
        <translation>{key} in {path} muss {wanted} sein</translation>
    </message>
    <message>
        <source>{key} in {path} must be {wanted}, not of shape {shape}</source>
        <translation>{key} in {path} muss {wanted} sein, nicht von der Form {shape}</translation>
    </message>
    <message>
        <source>{key} in {path} must be {wanted}, without quotes</source>
        <translation>{key} in {path} muss {wanted} sein, ohne Anführungszeichen</translation>
    </message>
    <message>
        <source>{key} in {path} must be {wanted}; correct it or write the file again</source>
        <translation>{key} in {path} muss {wanted} sein; es berichtigen oder die Datei neu schreiben</translation>
    </message>
    <message>
        <source>{key} in {path}: {problem}</source>
        <translation>{key} in {path}: {problem}</translation>
    </message>
    <message>
        <source>{kind} of {diameter_mm} mm by {length_mm} mm</source>
        <translation>{kind} von {diameter_mm} mm mal {length_mm} mm</translation>
    </message>
    <message>
        <source>{kind} of {size} mm by {size2} mm</source>
        <translation>{kind} von {size} mm mal {size2} mm</translation>
    </message>
    <message>
        <source>{kind} of {volume_ml} mL, {size} mm long</source>
        <translation>{kind} von {volume_ml} mL, {size} mm lang</translation>
    </message>
    <message>
        <source>{known} makes a field of {sides} x {sides2} mm, which looks like {units}, and is not used</source>
        <translation>{known} ergibt ein Bildfeld von {sides} x {sides2} mm, was nach {units} aussieht, und wird nicht verwendet</translation>
    </message>
    <message>
        <source>{known} of {value} mm does not fit a source-to-detector distance of {value2} mm, and is not used; check that both are in mm</source>
        <translation>{known} von {value} mm passt nicht zu einem Fokus-Detektor-Abstand von {value2} mm und wird nicht verwendet; prüfen, ob beide in mm sind</translation>
    </message>
    <message>
        <source>{known} of {value} mm looks like {units}, and is not used</source>
        <translation>{known} von {value} mm sieht nach {units} aus und wird nicht verwendet</translation>
    </message>
    <message>
        <source>{kvp} kVp, scatter {value} %, {photons_per_pixel} photons per pixel, {tools} tools, collimation {collimation}, {value2}</source>
        <translation>{kvp} kVp, Streustrahlung {value} %, {photons_per_pixel} Photonen je Pixel, {tools} Werkzeuge, Einblendung {collimation}, {value2}</translation>
    </message>
    <message>
        <source>{label}: not known; give {_WHAT_TO_GIVE}</source>
        <translation>{label}: nicht bekannt; {_WHAT_TO_GIVE} angeben</translation>
    </message>
    <message>
        <source>{lacking} cannot be imported, which registration needs; restart Slicer, or install the PyTorch extension from the Extensions Manager</source>
        <translation>{lacking} lässt sich nicht importieren, was die Registrierung braucht; Slicer neu starten, oder die Erweiterung PyTorch im Extensions Manager installieren</translation>
    </message>
    <message>
        <source>{left} more in targets.csv</source>
        <translation>{left} weitere in targets.csv</translation>
    </message>
    <message>
        <source>{looked}, fits; what would help most: a rough pose (drag the bone, or four landmark pairs); check {checks}</source>
        <translation>{looked}, passt; am meisten hülfe: eine grobe Pose (den Knochen ziehen, oder vier Landmarkenpaare); prüfen, {checks}</translation>
    </message>
    <message>
        <source>{low} to {unit}</source>
        <translation>{low} bis {unit}</translation>
    </message>
    <message>
        <source>{measure}, more than any CT{unit}; give the CT with its true voxel size in mm</source>
        <translation>{measure}, mehr als jedes CT{unit}; das CT mit seiner wahren Voxelgröße in mm angeben</translation>
    </message>
    <message>
        <source>{measure}: its lengths are {unit} and save it again in mm</source>
        <translation>{measure}: seine Längen sind {unit} und es neu in mm speichern</translation>
    </message>
    <message>
        <source>{names} both suit {name} by their names; load one of them for it</source>
        <translation>{names} passen dem Namen nach beide zu {name}; eine davon dafür laden</translation>
    </message>
    <message>
        <source>{name} calibrated to the patient ({calibration}), times the magnification {factor}</source>
        <translation>{name} kalibriert auf den Patienten ({calibration}), mal der Vergrößerung {factor}</translation>
    </message>
    <message>
        <source>{name} cannot be read as DICOM; it may be damaged or cut off ({error})</source>
        <translation>{name} ist nicht als DICOM lesbar; es ist vielleicht beschädigt oder abgeschnitten ({error})</translation>
    </message>
    <message>
        <source>{name} cannot be written as &apos;{ending}&apos;; choose .png or .tif</source>
        <translation>{name} kann nicht als &apos;{ending}&apos; geschrieben werden; .png oder .tif wählen</translation>
    </message>
    <message>
        <source>{name} claims more pixels than any X-ray has ({value} million); the file may be damaged</source>
        <translation>{name} beansprucht mehr Pixel, als ein Röntgenbild hat ({value} Millionen); die Datei ist vielleicht beschädigt</translation>
    </message>
    <message>
        <source>{name} could not be installed ({error}); check the network, then start the registration again</source>
        <translation>{name} konnte nicht installiert werden ({error}); das Netzwerk prüfen, dann die Registrierung neu starten</translation>
    </message>
    <message>
        <source>{name} differs from the file it was loaded from; the file&apos;s mask and scale of intensities are not used</source>
        <translation>{name} weicht von der Datei ab, aus der es geladen wurde; Maske und Skala der Intensitäten der Datei werden nicht verwendet</translation>
    </message>
    <message>
        <source>{name} does not fit the shadows of metal (they overlap by {overlap}, {asked} is asked), so the CT is left as it is; look whether it is this implant and whether the X-rays show it</source>
        <translation>{name} passt nicht zu den Schatten von Metall (sie überlappen zu {overlap}, verlangt ist {asked}), daher bleibt das CT, wie es ist; prüfen, ob es dieses Implantat ist und ob die Röntgenbilder es zeigen</translation>
    </message>
    <message>
        <source>{name} does not tell its number of rows and columns; it may be damaged</source>
        <translation>{name} nennt seine Zeilen- und Spaltenzahl nicht; es ist vielleicht beschädigt</translation>
    </message>
    <message>
        <source>{name} fits as well the other way round: its ends are not told apart</source>
        <translation>{name} passt andersherum ebenso gut: seine Enden sind nicht zu unterscheiden</translation>
    </message>
    <message>
        <source>{name} fits as well turned about its long axis by {degrees} degrees: its turn is not known</source>
        <translation>{name} passt um {degrees} Grad um seine Längsachse gedreht ebenso gut: seine Drehung ist nicht bekannt</translation>
    </message>
    <message>
        <source>{name} has a gantry tilt of {tilt} degrees (its axes are not perpendicular); have it resampled, in 3D Slicer by Crop Volume with interpolated cropping</source>
        <translation>{name} hat eine Gantry-Kippung von {tilt} Grad (seine Achsen sind nicht senkrecht); es umrechnen lassen, in 3D Slicer mit Crop Volume und interpolierendem Zuschnitt</translation>
    </message>
    <message>
        <source>{name} has no frame {frame} that can be read; it may be cut off</source>
        <translation>{name} hat kein lesbares Einzelbild {frame}; es ist vielleicht abgeschnitten</translation>
    </message>
    <message>
        <source>{name} has no frame {frame}; its frames are 0 to {value}</source>
        <translation>{name} hat kein Einzelbild {frame}; seine Einzelbilder sind 0 bis {value}</translation>
    </message>
    <message>
        <source>{name} has no frame {own}; its frames are 0 to {value}</source>
        <translation>{name} hat kein Einzelbild {own}; seine Einzelbilder sind 0 bis {value}</translation>
    </message>
    <message>
        <source>{name} has no labels to choose {label} from; give the label map</source>
        <translation>{name} hat keine Labels, aus denen {label} zu wählen wäre; das Labelvolumen angeben</translation>
    </message>
    <message>
        <source>{name} has no outline</source>
        <translation>{name} hat keinen Umriss</translation>
    </message>
    <message>
        <source>{name} has no pose to assess; move it to one, load one, or register first</source>
        <translation>{name} hat keine Pose zu bewerten; es zu einer bewegen, eine laden oder zuerst registrieren</translation>
    </message>
    <message>
        <source>{name} has no surface</source>
        <translation>{name} hat keine Oberfläche</translation>
    </message>
    <message>
        <source>{name} has no usable pixels; export it again from the X-ray system</source>
        <translation>{name} hat keine brauchbaren Pixel; es aus dem Röntgensystem neu exportieren</translation>
    </message>
    <message>
        <source>{name} has no voxel of label {label}; check the label map</source>
        <translation>{name} hat kein Voxel mit Label {label}; das Labelvolumen prüfen</translation>
    </message>
    <message>
        <source>{name} has no voxels</source>
        <translation>{name} hat keine Voxel</translation>
    </message>
    <message>
        <source>{name} has {holes} ({value} of {whole} mm2); taken as closed</source>
        <translation>{name} hat {holes} ({value} von {whole} mm2); als geschlossen genommen</translation>
    </message>
    <message>
        <source>{name} has {ndim} dimensions, an X-ray has two; choose one of its frames</source>
        <translation>{name} hat {ndim} Dimensionen, ein Röntgenbild hat zwei; eines seiner Einzelbilder wählen</translation>
    </message>
    <message>
        <source>{name} has {shape} slices; an X-ray has one. Choose an X-ray</source>
        <translation>{name} hat {shape} Schichten; ein Röntgenbild hat eine. Ein Röntgenbild wählen</translation>
    </message>
    <message>
        <source>{name} has {shape} values a voxel; choose a CT, which has one</source>
        <translation>{name} hat {shape} Werte je Voxel; ein CT wählen, das einen hat</translation>
    </message>
    <message>
        <source>{name} has {shape} x {shape2} pixels but its camera is for {size} x {size2}; give the camera of this very image</source>
        <translation>{name} hat {shape} x {shape2} Pixel, aber seine Kamera ist für {size} x {size2}; die Kamera eben dieses Bildes angeben</translation>
    </message>
    <message>
        <source>{name} has {shape} x {shape2} pixels but its geometry is for {image_size} x {image_size2}; give the geometry of this very image</source>
        <translation>{name} hat {shape} x {shape2} Pixel, aber seine Geometrie ist für {image_size} x {image_size2}; die Geometrie eben dieses Bildes angeben</translation>
    </message>
    <message>
        <source>{name} has {shape} x {shape2} pixels; that is too small for an X-ray</source>
        <translation>{name} hat {shape} x {shape2} Pixel; das ist zu klein für ein Röntgenbild</translation>
    </message>
    <message>
        <source>{name} has {size} voxels, too few for a CT; choose the whole volume</source>
        <translation>{name} hat {size} Voxel, zu wenige für ein CT; das ganze Volumen wählen</translation>
    </message>
    <message>
        <source>{name} has {width} x {height} pixels, which no X-ray has; the file may be damaged</source>
        <translation>{name} hat {width} x {height} Pixel, was kein Röntgenbild hat; die Datei ist vielleicht beschädigt</translation>
    </message>
    <message>
        <source>{name} has {width} x {height} pixels; that is too small for an X-ray</source>
        <translation>{name} hat {width} x {height} Pixel; das ist zu klein für ein Röntgenbild</translation>
    </message>
    <message>
        <source>{name} holds complex numbers, which no X-ray does; give the X-ray image</source>
        <translation>{name} enthält komplexe Zahlen, was kein Röntgenbild tut; das Röntgenbild angeben</translation>
    </message>
    <message>
        <source>{name} holds no finite pixel; the image has no content</source>
        <translation>{name} enthält kein endliches Pixel; das Bild hat keinen Inhalt</translation>
    </message>
    <message>
        <source>{name} holds no image ({value}); it may be a report or cut off</source>
        <translation>{name} enthält kein Bild ({value}); es ist vielleicht ein Bericht oder abgeschnitten</translation>
    </message>
    <message>
        <source>{name} holds no image; give an X-ray</source>
        <translation>{name} enthält kein Bild; ein Röntgenbild angeben</translation>
    </message>
    <message>
        <source>{name} holds no surface that can be read, or is damaged; export the model again</source>
        <translation>{name} enthält keine lesbare Oberfläche, oder ist beschädigt; das Modell neu exportieren</translation>
    </message>
    <message>
        <source>{name} holds no surface; choose a model that does</source>
        <translation>{name} enthält keine Oberfläche; ein Modell wählen, das eine enthält</translation>
    </message>
    <message>
        <source>{name} holds {count} slices, an X-ray has one; choose one with frame (0 to {value}), or give it as the CT if it is one</source>
        <translation>{name} enthält {count} Schichten, ein Röntgenbild hat eine; eine mit frame wählen (0 bis {value}), oder es als CT angeben, wenn es eines ist</translation>
    </message>
    <message>
        <source>{name} holds {frame_count} pages of {size} x {size2} pixels, which is too much to read at once; export the one page that is to be registered</source>
        <translation>{name} enthält {frame_count} Seiten von {size} x {size2} Pixeln, was auf einmal zu viel ist; die eine Seite exportieren, die registriert werden soll</translation>
    </message>
    <message>
        <source>{name} holds {pictures} pictures; give a folder with the X-rays of one registration, at most {MOST_XRAYS}</source>
        <translation>{name} enthält {pictures} Bilder; einen Ordner mit den Röntgenbildern einer Registrierung angeben, höchstens {MOST_XRAYS}</translation>
    </message>
    <message>
        <source>{name} in frame {entry} of {path}</source>
        <translation>{name} in Einzelbild {entry} von {path}</translation>
    </message>
    <message>
        <source>{name} in {path}</source>
        <translation>{name} in {path}</translation>
    </message>
    <message>
        <source>{name} in {path} must be a number, not {strip}</source>
        <translation>{name} in {path} muss eine Zahl sein, nicht {strip}</translation>
    </message>
    <message>
        <source>{name} in {where}</source>
        <translation>{name} in {where}</translation>
    </message>
    <message>
        <source>{name} is a DICOMDIR, the list of a disc&apos;s files; give one of the images it lists</source>
        <translation>{name} ist ein DICOMDIR, die Liste der Dateien eines Datenträgers; eines der Bilder angeben, die es auflistet</translation>
    </message>
    <message>
        <source>{name} is a folder; give one X-ray file</source>
        <translation>{name} ist ein Ordner; eine einzelne Röntgendatei angeben</translation>
    </message>
    <message>
        <source>{name} is a label map; choose the CT itself, and give labels as a segmentation</source>
        <translation>{name} ist ein Labelvolumen; das CT selbst wählen, und Labels als Segmentierung angeben</translation>
    </message>
    <message>
        <source>{name} is a surface model of {words}, {extent_mm} mm long; it was filled with voxels of {spacing_mm} mm</source>
        <translation>{name} ist ein Oberflächenmodell aus {words}, {extent_mm} mm lang; es wurde mit Voxeln von {spacing_mm} mm gefüllt</translation>
    </message>
    <message>
        <source>{name} is a surface model, which has neither labels nor series; leave them out</source>
        <translation>{name} ist ein Oberflächenmodell, das weder Labels noch Serien hat; sie weglassen</translation>
    </message>
    <message>
        <source>{name} is a video ({what}); export the frame that is to be registered as a single DICOM image or as PNG</source>
        <translation>{name} ist ein Video ({what}); das zu registrierende Einzelbild als einzelnes DICOM-Bild oder als PNG exportieren</translation>
    </message>
    <message>
        <source>{name} is a video, which tells no camera; give a camera file with --camera</source>
        <translation>{name} ist ein Video, das keine Kamera nennt; eine Kameradatei mit --camera angeben</translation>
    </message>
    <message>
        <source>{name} is compressed ({compression}) and cannot be decoded: it is damaged, or this kind needs pylibjpeg with pylibjpeg-libjpeg and pylibjpeg-openjpeg; install them, or save the image uncompressed</source>
        <translation>{name} ist komprimiert ({compression}) und nicht zu dekodieren: es ist beschädigt, oder diese Art braucht pylibjpeg mit pylibjpeg-libjpeg und pylibjpeg-openjpeg; sie installieren, oder das Bild unkomprimiert speichern</translation>
    </message>
    <message>
        <source>{name} is cut off or its header is damaged: it is far too small for the voxels it announces; copy or export it again</source>
        <translation>{name} ist abgeschnitten oder sein Kopf beschädigt: es ist viel zu klein für die Voxel, die es ankündigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{name} is cut off: {missing}; copy or export it again</source>
        <translation>{name} ist abgeschnitten: {missing}; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{name} is cut off; copy the file again</source>
        <translation>{name} ist abgeschnitten; die Datei neu kopieren</translation>
    </message>
    <message>
        <source>{name} is empty (0 bytes); copy the file again</source>
        <translation>{name} ist leer (0 Bytes); die Datei neu kopieren</translation>
    </message>
    <message>
        <source>{name} is finer than the CT&apos;s voxels ({spacing_mm} mm); give it alone, or a finer CT</source>
        <translation>{name} ist feiner als die Voxel des CT ({spacing_mm} mm); es allein angeben, oder ein feineres CT</translation>
    </message>
    <message>
        <source>{name} is left out: {problem}</source>
        <translation>{name} bleibt weg: {problem}</translation>
    </message>
    <message>
        <source>{name} is no surface model; give a {SUFFIXES} file</source>
        <translation>{name} ist kein Oberflächenmodell; eine {SUFFIXES}-Datei angeben</translation>
    </message>
    <message>
        <source>{name} is no video that can be read; give AVI or MP4, or single images</source>
        <translation>{name} ist kein lesbares Video; AVI oder MP4 angeben, oder einzelne Bilder</translation>
    </message>
    <message>
        <source>{name} is not a DICOM file; give a DICOM, PNG, TIFF, JPEG, NRRD, MHA or NIfTI image</source>
        <translation>{name} ist keine DICOM-Datei; ein DICOM-, PNG-, TIFF-, JPEG-, NRRD-, MHA- oder NIfTI-Bild angeben</translation>
    </message>
    <message>
        <source>{name} is not an X-ray but: {what} (modality {value}); {hint}</source>
        <translation>{name} ist kein Röntgenbild, sondern: {what} (Modalität {value}); {hint}</translation>
    </message>
    <message>
        <source>{name} is not an image that can be read, or is damaged; give a DICOM, PNG, TIFF, JPEG, NRRD, MHA or NIfTI file</source>
        <translation>{name} ist kein lesbares Bild, oder ist beschädigt; eine DICOM-, PNG-, TIFF-, JPEG-, NRRD-, MHA- oder NIfTI-Datei angeben</translation>
    </message>
    <message>
        <source>{name} is not closed: {opened} of its {unique} edges have a face on one side only, the largest hole ({areas} mm2) near ({x}, {y}, {z}) mm; fill its holes, in 3D Slicer by Surface Toolbox, and save it again</source>
        <translation>{name} ist nicht geschlossen: {opened} seiner {unique} Kanten haben nur auf einer Seite eine Fläche, das größte Loch ({areas} mm2) nahe ({x}, {y}, {z}) mm; seine Löcher füllen, in 3D Slicer mit Surface Toolbox, und es neu speichern</translation>
    </message>
    <message>
        <source>{name} is one constant grey value; export it again from the X-ray system</source>
        <translation>{name} ist ein einziger Grauwert; es aus dem Röntgensystem neu exportieren</translation>
    </message>
    <message>
        <source>{name} is opaque and has no image of attenuation</source>
        <translation>{name} ist strahlenundurchlässig und hat kein Schwächungsbild</translation>
    </message>
    <message>
        <source>{name} is {given} mm long, and its shadows are of something {seen} mm long; {advice}</source>
        <translation>{name} ist {given} mm lang, und seine Schatten sind von etwas, das {seen} mm lang ist; {advice}</translation>
    </message>
    <message>
        <source>{name} is {reason}: no single point sees it, so that no camera (pinhole) describes it, and it cannot be registered; give an X-ray that was taken in one exposure</source>
        <translation>{name} ist {reason}: kein einzelner Punkt sieht es, sodass keine Kamera (Lochkamera) es beschreibt und es nicht registriert werden kann; ein Röntgenbild angeben, das mit einer einzigen Aufnahme entstand</translation>
    </message>
    <message>
        <source>{name} is {size} mm long if its numbers are in {unit}; {advice}</source>
        <translation>{name} ist {size} mm lang, wenn seine Zahlen in {unit} sind; {advice}</translation>
    </message>
    <message>
        <source>{name} is {words}, {size}</source>
        <translation>{name} ist {words}, {size}</translation>
    </message>
    <message>
        <source>{name} lies outside the X-rays, which cannot say where it is; leave it out</source>
        <translation>{name} liegt außerhalb der Röntgenbilder, die seinen Ort nicht sagen können; es weglassen</translation>
    </message>
    <message>
        <source>{name} must end in {CODECS}</source>
        <translation>{name} muss auf {CODECS} enden</translation>
    </message>
    <message>
        <source>{name} needs two ends of the bone, column and row each, not {ends_px}</source>
        <translation>{name} braucht zwei Enden des Knochens, je Spalte und Zeile, nicht {ends_px}</translation>
    </message>
    <message>
        <source>{name} says that it has {frames} frames, which cannot be; it may be damaged</source>
        <translation>{name} sagt, es habe {frames} Einzelbilder, was nicht sein kann; es ist vielleicht beschädigt</translation>
    </message>
    <message>
        <source>{name} says that it is in LPS; it was turned to RAS</source>
        <translation>{name} sagt, es sei in LPS; es wurde nach RAS gedreht</translation>
    </message>
    <message>
        <source>{name} says that it is written in a way nobody knows (transfer syntax {syntax}); it may be damaged, export the image again</source>
        <translation>{name} sagt, es sei auf eine Weise geschrieben, die niemand kennt (Transfersyntax {syntax}); es ist vielleicht beschädigt, das Bild neu exportieren</translation>
    </message>
    <message>
        <source>{name} shows a {kind} plate, {name2} a {kind2} one; give those of one</source>
        <translation>{name} zeigt eine {kind}-Platte, {name2} eine {kind2}-Platte; die einer einzigen angeben</translation>
    </message>
    <message>
        <source>{name} shows no bone</source>
        <translation>{name} zeigt keinen Knochen</translation>
    </message>
    <message>
        <source>{name} shows nothing but border and saturation; export it again with a wider window</source>
        <translation>{name} zeigt nur Rand und Sättigung; es mit weiterem Fenster neu exportieren</translation>
    </message>
    <message>
        <source>{name} shows {straight} beads, {LEAST_BEADS} are needed; give an image of the whole plate</source>
        <translation>{name} zeigt {straight} Kugeln, {LEAST_BEADS} sind nötig; ein Bild der ganzen Platte angeben</translation>
    </message>
    <message>
        <source>{name} touches no other bone of the label map (about {gap} mm away), so that no joint holds it; allow it as a fragment, lift the joints, or leave it out</source>
        <translation>{name} berührt keinen anderen Knochen des Labelvolumens (etwa {gap} mm entfernt), sodass kein Gelenk es hält; es als Fragment erlauben, die Gelenke lösen, oder es weglassen</translation>
    </message>
    <message>
        <source>{name} touches no other bone of the label map, so no joint holds it; it moves freely about its own middle</source>
        <translation>{name} berührt keinen anderen Knochen des Labelvolumens, sodass kein Gelenk es hält; es bewegt sich frei um seine eigene Mitte</translation>
    </message>
    <message>
        <source>{name} was not found by itself: {problem}; give its pose with --init</source>
        <translation>{name} wurde nicht von selbst gefunden: {problem}; seine Pose mit --init angeben</translation>
    </message>
    <message>
        <source>{name}, frame {frame}</source>
        <translation>{name}, Einzelbild {frame}</translation>
    </message>
    <message>
        <source>{name}, middle of {count} points</source>
        <translation>{name}, Mitte von {count} Punkten</translation>
    </message>
    <message>
        <source>{name}; the file does not say that it is meant at the detector</source>
        <translation>{name}; die Datei sagt nicht, dass es am Detektor gemeint ist</translation>
    </message>
    <message>
        <source>{notes}; the {name} is used, as 3D Slicer does</source>
        <translation>{notes}; die {name} wird verwendet, wie 3D Slicer es tut</translation>
    </message>
    <message>
        <source>{note}; {OFFSET_HU} was subtracted</source>
        <translation>{note}; {OFFSET_HU} wurde abgezogen</translation>
    </message>
    <message>
        <source>{off} mm on the detector</source>
        <translation>{off} mm auf dem Detektor</translation>
    </message>
    <message>
        <source>{parent} does not exist or may not be written to; make it, or choose another folder</source>
        <translation>{parent} gibt es nicht, oder es darf nicht hineingeschrieben werden; ihn anlegen, oder einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>{path} and {path2} carry one SOP Instance UID but show different images; export it again</source>
        <translation>{path} und {path2} tragen dieselbe SOP Instance UID, zeigen aber verschiedene Bilder; sie neu exportieren</translation>
    </message>
    <message>
        <source>{path} belongs to a training with {name} {name2}, not {recipe}; go on with the same options, or delete it and start anew</source>
        <translation>{path} gehört zu einem Training mit {name} {name2}, nicht {recipe}; mit denselben Angaben fortfahren, oder sie löschen und neu beginnen</translation>
    </message>
    <message>
        <source>{path} cannot be read (it is no NIfTI, NRRD or MetaImage file, or damaged); give one of these or a folder of DICOM slices</source>
        <translation>{path} ist nicht lesbar (keine NIfTI-, NRRD- oder MetaImage-Datei, oder beschädigt); eine davon oder einen Ordner mit DICOM-Schichten angeben</translation>
    </message>
    <message>
        <source>{path} cannot be read ({strerror}); check its permissions</source>
        <translation>{path} ist nicht lesbar ({strerror}); die Zugriffsrechte prüfen</translation>
    </message>
    <message>
        <source>{path} cannot be read as DICOM ({error}); choose a Spatial Registration file</source>
        <translation>{path} ist nicht als DICOM lesbar ({error}); eine Spatial-Registration-Datei wählen</translation>
    </message>
    <message>
        <source>{path} cannot be read as DICOM ({error}); load the image again</source>
        <translation>{path} ist nicht als DICOM lesbar ({error}); das Bild neu laden</translation>
    </message>
    <message>
        <source>{path} cannot be read as DICOM, it may be damaged or cut off; copy it again</source>
        <translation>{path} ist nicht als DICOM lesbar, vielleicht beschädigt oder abgeschnitten; neu kopieren</translation>
    </message>
    <message>
        <source>{path} cannot be written ({strerror}); choose another name or folder</source>
        <translation>{path} ist nicht zu schreiben ({strerror}); einen anderen Namen oder Ordner wählen</translation>
    </message>
    <message>
        <source>{path} composes several matrices; choose a file with one</source>
        <translation>{path} setzt mehrere Matrizen zusammen; eine Datei mit einer wählen</translation>
    </message>
    <message>
        <source>{path} contradicts itself: its voxels are of type {datatype} and have {bits} bits; copy or export it again</source>
        <translation>{path} widerspricht sich: seine Voxel sind von der Art {datatype} und haben {bits} Bits; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} contradicts itself: its voxels are {sizes} by pixdim and {own} by the {name}; copy or export it again</source>
        <translation>{path} widerspricht sich: seine Voxel sind {sizes} nach pixdim und {own} nach der {name}; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} contradicts itself: qform and sform differ in which side is left; open it in 3D Slicer, check left and right, and save it as NRRD</source>
        <translation>{path} widerspricht sich: qform und sform unterscheiden sich darin, welche Seite links ist; es in 3D Slicer öffnen, links und rechts prüfen, und als NRRD speichern</translation>
    </message>
    <message>
        <source>{path} could not be written ({reason}) and is as it was before; free space or choose another folder</source>
        <translation>{path} konnte nicht geschrieben werden ({reason}) und ist, wie es war; Platz schaffen oder einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>{path} could not be written; check the free space</source>
        <translation>{path} konnte nicht geschrieben werden; den freien Platz prüfen</translation>
    </message>
    <message>
        <source>{path} defines entities of its own, which are not read; write the geometry again with RTK</source>
        <translation>{path} definiert eigene Entitäten, die nicht gelesen werden; die Geometrie mit RTK neu schreiben</translation>
    </message>
    <message>
        <source>{path} describes parallel rays; an X-ray&apos;s cone is needed</source>
        <translation>{path} beschreibt parallele Strahlen; der Strahlkegel eines Röntgenbilds ist nötig</translation>
    </message>
    <message>
        <source>{path} does not exist; check the path</source>
        <translation>{path} gibt es nicht; den Pfad prüfen</translation>
    </message>
    <message>
        <source>{path} does not exist; make it with the verb prepare</source>
        <translation>{path} gibt es nicht; es mit dem Befehl prepare machen</translation>
    </message>
    <message>
        <source>{path} does not exist; start the training without resuming</source>
        <translation>{path} gibt es nicht; das Training beginnen, ohne fortzufahren</translation>
    </message>
    <message>
        <source>{path} does not fit: &apos;{key}&apos; is {key2}, {expected}</source>
        <translation>{path} passt nicht: &apos;{key}&apos; ist {key2}, {expected}</translation>
    </message>
    <message>
        <source>{path} does not say what encoder it is for; it is not one of our files, or of a newer version</source>
        <translation>{path} sagt nicht, für welchen Encoder es ist; es ist keine unserer Dateien, oder von einer neueren Version</translation>
    </message>
    <message>
        <source>{path} does not tell how it lies in the patient; its axes were taken as left, back, head, as MetaImage says</source>
        <translation>{path} sagt nicht, wie es im Patienten liegt; seine Achsen wurden als links, hinten, Kopf genommen, wie MetaImage sagt</translation>
    </message>
    <message>
        <source>{path} does not tell the order of its bytes (&apos;endian&apos;); copy or export it again</source>
        <translation>{path} nennt die Reihenfolge seiner Bytes nicht (&apos;endian&apos;); neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} gives lengths in {_UNIT_NAMES}; they were converted to mm</source>
        <translation>{path} gibt Längen in {_UNIT_NAMES} an; sie wurden in mm umgerechnet</translation>
    </message>
    <message>
        <source>{path} gives lengths in {pop}; they were converted to mm</source>
        <translation>{path} gibt Längen in {pop} an; sie wurden in mm umgerechnet</translation>
    </message>
    <message>
        <source>{path} gives {sizes} sizes for {fields} dimensions; copy or export it again</source>
        <translation>{path} gibt {sizes} Größen für {fields} Dimensionen an; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} has &apos;{text}&apos; for {name} in its header; copy or export it again</source>
        <translation>{path} hat &apos;{text}&apos; für {name} in seinem Kopf; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} has a gantry tilt of {tilt} degrees (its axes are not perpendicular); have it resampled with --resample-tilt, or resample it in 3D Slicer and save it as NRRD</source>
        <translation>{path} hat eine Gantry-Kippung von {tilt} Grad (seine Achsen sind nicht senkrecht); es mit --resample-tilt umrechnen lassen, oder in 3D Slicer umrechnen und als NRRD speichern</translation>
    </message>
    <message>
        <source>{path} has a matrix of {size} numbers instead of 16; write the file again</source>
        <translation>{path} hat eine Matrix aus {size} Zahlen statt 16; die Datei neu schreiben</translation>
    </message>
    <message>
        <source>{path} has a qform and an sform that place its voxels up to {apart} mm apart ({degrees} degrees)</source>
        <translation>{path} hat eine qform und eine sform, die seine Voxel bis zu {apart} mm auseinander setzen ({degrees} Grad)</translation>
    </message>
    <message>
        <source>{path} has a qform or sform that is not finite: its header is damaged; copy or export it again</source>
        <translation>{path} hat eine qform oder sform, die nicht endlich ist: sein Kopf ist beschädigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} has another grid than the CT and was resampled to it</source>
        <translation>{path} hat ein anderes Gitter als das CT und wurde darauf umgerechnet</translation>
    </message>
    <message>
        <source>{path} has no axes of {missing}; it has {value}</source>
        <translation>{path} enthält keine Achsen von {missing}; vorhanden: {value}</translation>
    </message>
    <message>
        <source>{path} has no bone: hardly a voxel exceeds {BONE_HU} HU (most {high}); give a CT in Hounsfield units</source>
        <translation>{path} hat keinen Knochen: kaum ein Voxel übersteigt {BONE_HU} HU (höchstens {high}); ein CT in Hounsfield-Einheiten angeben</translation>
    </message>
    <message>
        <source>{path} has no camera matrix K (3x3, px), no projection matrix P (3x4), and not both pixel_spacing_mm and source_to_detector_mm; add one of these</source>
        <translation>{path} hat keine Kameramatrix K (3x3, px), keine Projektionsmatrix P (3x4), und nicht beides, pixel_spacing_mm und source_to_detector_mm; eines davon ergänzen</translation>
    </message>
    <message>
        <source>{path} has no camera_matrix (or K); write the camera with cv2.FileStorage</source>
        <translation>{path} hat keine camera_matrix (oder K); die Kamera mit cv2.FileStorage schreiben</translation>
    </message>
    <message>
        <source>{path} has no image_size_px; add [width, height] of its image</source>
        <translation>{path} hat kein image_size_px; [Breite, Höhe] seines Bildes ergänzen</translation>
    </message>
    <message>
        <source>{path} has no label {missing}; it has {value}</source>
        <translation>{path} hat kein Label {missing}; es hat {value}</translation>
    </message>
    <message>
        <source>{path} has no label {value}; it has {shown}</source>
        <translation>{path} hat kein Label {value}; es hat {shown}</translation>
    </message>
    <message>
        <source>{path} has no pose in its views; give the RESULT.json that &apos;register&apos; wrote</source>
        <translation>{path} hat keine Pose in seinen Ansichten; die RESULT.json angeben, die &apos;register&apos; schrieb</translation>
    </message>
    <message>
        <source>{path} has no pose of {missing}; it has {value}</source>
        <translation>{path} hat keine Pose von {missing}; es hat {value}</translation>
    </message>
    <message>
        <source>{path} has no pose; it must hold ras_to_camera, a 4x4 matrix in mm</source>
        <translation>{path} hat keine Pose; es muss ras_to_camera enthalten, eine 4x4-Matrix in mm</translation>
    </message>
    <message>
        <source>{path} has no value below {low}, where a CT has air near -1000; it looks like MR, or like a CT stored without its offset (then subtract 1024)</source>
        <translation>{path} hat keinen Wert unter {low}, wo ein CT Luft nahe -1000 hat; es sieht nach MR aus, oder nach einem CT, das ohne seinen Versatz gespeichert ist (dann 1024 abziehen)</translation>
    </message>
    <message>
        <source>{path} has no weights &apos;model.linear.weight&apos;; expected is the published RayEmb checkpoint</source>
        <translation>{path} hat keine Gewichte &apos;model.linear.weight&apos;; erwartet wird der veröffentlichte RayEmb-Checkpoint</translation>
    </message>
    <message>
        <source>{path} has projections 0 to {value}, not {index}</source>
        <translation>{path} hat Projektionen 0 bis {value}, nicht {index}</translation>
    </message>
    <message>
        <source>{path} has voxels of {spacing} mm, which is no size; export the CT again with its geometry</source>
        <translation>{path} hat Voxel von {spacing} mm, was keine Größe ist; das CT mit seiner Geometrie neu exportieren</translation>
    </message>
    <message>
        <source>{path} has {components} values a voxel (colour or layers); give one value</source>
        <translation>{path} hat {components} Werte je Voxel (Farbe oder Ebenen); einen Wert angeben</translation>
    </message>
    <message>
        <source>{path} has {found} values and is not a label map; give a segmentation</source>
        <translation>{path} hat {found} Werte und ist kein Labelvolumen; eine Segmentierung angeben</translation>
    </message>
    <message>
        <source>{path} has {size} voxels, too few for a volume; give the folder with all slices</source>
        <translation>{path} hat {size} Voxel, zu wenige für ein Volumen; den Ordner mit allen Schichten angeben</translation>
    </message>
    <message>
        <source>{path} has {size} voxels, too few for a volume; give the whole CT</source>
        <translation>{path} hat {size} Voxel, zu wenige für ein Volumen; das ganze CT angeben</translation>
    </message>
    <message>
        <source>{path} has {value} MB and is no text file; give {kind} instead</source>
        <translation>{path} hat {value} MB und ist keine Textdatei; stattdessen {kind} angeben</translation>
    </message>
    <message>
        <source>{path} holds a null character, which no file&apos;s name can have; choose another</source>
        <translation>{path} enthält ein Nullzeichen, was kein Dateiname haben kann; einen anderen wählen</translation>
    </message>
    <message>
        <source>{path} holds a value that is not a finite number; correct it</source>
        <translation>{path} enthält einen Wert, der keine endliche Zahl ist; ihn berichtigen</translation>
    </message>
    <message>
        <source>{path} holds both K and P; keep the one that is right</source>
        <translation>{path} enthält K und P; das richtige behalten</translation>
    </message>
    <message>
        <source>{path} holds both P and {given}, which tell the same; keep one</source>
        <translation>{path} enthält P und {given}, die dasselbe sagen; eines behalten</translation>
    </message>
    <message>
        <source>{path} holds both world_to_camera and lab_to_camera; keep the one that is right</source>
        <translation>{path} enthält world_to_camera und lab_to_camera; das richtige behalten</translation>
    </message>
    <message>
        <source>{path} holds complex numbers, which no CT does; give the patient&apos;s CT</source>
        <translation>{path} enthält komplexe Zahlen, was kein CT tut; das CT des Patienten angeben</translation>
    </message>
    <message>
        <source>{path} holds lens distortion coefficients; undistort the X-ray first and give the undistorted image&apos;s camera</source>
        <translation>{path} enthält Verzeichnungskoeffizienten einer Linse; zuerst das Röntgenbild entzerren und die Kamera des entzerrten Bildes angeben</translation>
    </message>
    <message>
        <source>{path} holds more than weights (code or unknown objects) and was not opened; ask its authors for plain weights</source>
        <translation>{path} enthält mehr als Gewichte (Code oder unbekannte Objekte) und wurde nicht geöffnet; seine Autoren um bloße Gewichte bitten</translation>
    </message>
    <message>
        <source>{path} holds more voxels than its header says ({needed} bytes); header and voxels do not belong together, copy or export it again</source>
        <translation>{path} enthält mehr Voxel, als sein Kopf sagt ({needed} Bytes); Kopf und Voxel gehören nicht zusammen, neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} holds no Projection; write the geometry again with RTK</source>
        <translation>{path} enthält keine Projection; die Geometrie mit RTK neu schreiben</translation>
    </message>
    <message>
        <source>{path} holds no frame to start from</source>
        <translation>{path} enthält kein Einzelbild zum Beginnen</translation>
    </message>
    <message>
        <source>{path} holds no number at all (NaN or infinite); export the CT again</source>
        <translation>{path} enthält gar keine Zahl (NaN oder unendlich); das CT neu exportieren</translation>
    </message>
    <message>
        <source>{path} holds no placed points; place some in Slicer and save it again</source>
        <translation>{path} enthält keine gesetzten Punkte; in Slicer welche setzen und neu speichern</translation>
    </message>
    <message>
        <source>{path} holds no points that can be read; give Slicer&apos;s .mrk.json or .fcsv, or JSON with pairs</source>
        <translation>{path} enthält keine lesbaren Punkte; .mrk.json oder .fcsv von Slicer angeben, oder JSON mit Paaren</translation>
    </message>
    <message>
        <source>{path} holds no points; save the points again from Slicer</source>
        <translation>{path} enthält keine Punkte; die Punkte in Slicer neu speichern</translation>
    </message>
    <message>
        <source>{path} holds no table of weights; expected is the published RayEmb checkpoint</source>
        <translation>{path} enthält keine Tabelle von Gewichten; erwartet wird der veröffentlichte RayEmb-Checkpoint</translation>
    </message>
    <message>
        <source>{path} holds numbers that are not finite; its training failed</source>
        <translation>{path} enthält Zahlen, die nicht endlich sind; sein Training ist gescheitert</translation>
    </message>
    <message>
        <source>{path} holds the geometry of {projections} projections; choose one, from 0</source>
        <translation>{path} enthält die Geometrie von {projections} Projektionen; eine wählen, von 0 an</translation>
    </message>
    <message>
        <source>{path} holds the poses of {poses} X-rays where one is needed</source>
        <translation>{path} enthält die Posen von {poses} Röntgenbildern, wo eine nötig ist</translation>
    </message>
    <message>
        <source>{path} holds values down to {min}, less than air can have; it overflowed or is not in Hounsfield units, export it again</source>
        <translation>{path} enthält Werte bis hinab zu {min}, weniger als Luft haben kann; es lief über oder ist nicht in Hounsfield-Einheiten, neu exportieren</translation>
    </message>
    <message>
        <source>{path} holds values up to {max}, more than any CT; export it again in Hounsfield units</source>
        <translation>{path} enthält Werte bis {max}, mehr als jedes CT; es in Hounsfield-Einheiten neu exportieren</translation>
    </message>
    <message>
        <source>{path} holds voxels without their header {header}; copy both files together</source>
        <translation>{path} enthält Voxel ohne ihren Kopf {header}; beide Dateien zusammen kopieren</translation>
    </message>
    <message>
        <source>{path} holds {share} that are not numbers (NaN or infinite), {within} of them within the volume; export the CT again, or set them to -1000</source>
        <translation>{path} enthält {share}, die keine Zahlen sind (NaN oder unendlich), {within} davon im Inneren des Volumens; das CT neu exportieren, oder sie auf -1000 setzen</translation>
    </message>
    <message>
        <source>{path} is a 4x4 matrix, a pose and not a camera; give the X-ray&apos;s camera with K (3x3) or P (3x4)</source>
        <translation>{path} ist eine 4x4-Matrix, eine Pose und keine Kamera; die Kamera des Röntgenbilds mit K (3x3) oder P (3x4) angeben</translation>
    </message>
    <message>
        <source>{path} is a device or a pipe; give one file</source>
        <translation>{path} ist ein Gerät oder eine Pipe; eine Datei angeben</translation>
    </message>
    <message>
        <source>{path} is a file of the format &apos;{said}&apos;, not &apos;{name}&apos;; give another file</source>
        <translation>{path} ist eine Datei des Formats &apos;{said}&apos;, nicht &apos;{name}&apos;; eine andere Datei angeben</translation>
    </message>
    <message>
        <source>{path} is a folder; give one file</source>
        <translation>{path} ist ein Ordner; eine Datei angeben</translation>
    </message>
    <message>
        <source>{path} is a link that leads back to itself; remove it or choose another name</source>
        <translation>{path} ist eine Verknüpfung, die auf sich selbst führt; sie entfernen oder einen anderen Namen wählen</translation>
    </message>
    <message>
        <source>{path} is a series of {size} volumes in time (4-D); give one of them</source>
        <translation>{path} ist eine Serie von {size} Volumen in der Zeit (4D); eines davon angeben</translation>
    </message>
    <message>
        <source>{path} is a track of {names}, not of {names2}; choose another name</source>
        <translation>{path} ist eine Verfolgung von {names}, nicht von {names2}; einen anderen Namen wählen</translation>
    </message>
    <message>
        <source>{path} is a {name} picture, which holds neither the size of the voxels nor how they lie in the patient; give the CT as it was exported, a NIfTI, NRRD or MetaImage file or a folder of DICOM slices</source>
        <translation>{path} ist ein {name}-Bild, das weder die Größe der Voxel noch ihre Lage im Patienten enthält; das CT angeben, wie es exportiert wurde, eine NIfTI-, NRRD- oder MetaImage-Datei oder einen Ordner mit DICOM-Schichten</translation>
    </message>
    <message>
        <source>{path} is an 8-bit picture, not Hounsfield units; export the CT without a display window</source>
        <translation>{path} ist ein 8-Bit-Bild, keine Hounsfield-Einheiten; das CT ohne Anzeigefenster exportieren</translation>
    </message>
    <message>
        <source>{path} is an RTK geometry, which is in mm and does not tell {missing}; give it with the X-ray (pixel spacing typed in), or write a JSON camera with K</source>
        <translation>{path} ist eine RTK-Geometrie, die in mm ist und {missing} nicht nennt; es mit dem Röntgenbild angeben (Pixelabstand eingetippt), oder eine JSON-Kamera mit K schreiben</translation>
    </message>
    <message>
        <source>{path} is cut off within its header, or damaged; copy or export it again</source>
        <translation>{path} ist in seinem Kopf abgeschnitten oder beschädigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} is cut off within its header; copy or export it again</source>
        <translation>{path} ist in seinem Kopf abgeschnitten; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} is cut off within its header; copy the file again</source>
        <translation>{path} ist in seinem Kopf abgeschnitten; die Datei neu kopieren</translation>
    </message>
    <message>
        <source>{path} is damaged ({damaged} does not have its checksum); {what_to_do}</source>
        <translation>{path} ist beschädigt ({damaged} hat nicht seine Prüfsumme); {what_to_do}</translation>
    </message>
    <message>
        <source>{path} is damaged or cut off; {what_to_do}</source>
        <translation>{path} ist beschädigt oder abgeschnitten; {what_to_do}</translation>
    </message>
    <message>
        <source>{path} is damaged or not a checkpoint; get it again</source>
        <translation>{path} ist beschädigt oder kein Checkpoint; es neu beschaffen</translation>
    </message>
    <message>
        <source>{path} is damaged or not a safetensors file; get it again</source>
        <translation>{path} ist beschädigt oder keine safetensors-Datei; es neu beschaffen</translation>
    </message>
    <message>
        <source>{path} is damaged, or no shape model of this version; make it again with the verb shape-model</source>
        <translation>{path} ist beschädigt, oder kein Formmodell dieser Version; es mit dem Befehl shape-model neu machen</translation>
    </message>
    <message>
        <source>{path} is damaged: it is not a whole gzip file; copy or export it again</source>
        <translation>{path} ist beschädigt: es ist keine ganze gzip-Datei; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} is damaged: its header does not end; copy or export it again</source>
        <translation>{path} ist beschädigt: sein Kopf endet nicht; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} is damaged: its voxels do not fit their checksum; copy or export it again</source>
        <translation>{path} ist beschädigt: seine Voxel passen nicht zu ihrer Prüfsumme; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} is empty (0 bytes); copy the file again</source>
        <translation>{path} ist leer (0 Bytes); die Datei neu kopieren</translation>
    </message>
    <message>
        <source>{path} is empty: every voxel is {low}; give the patient&apos;s CT</source>
        <translation>{path} ist leer: jedes Voxel ist {low}; das CT des Patienten angeben</translation>
    </message>
    <message>
        <source>{path} is flat: two axes of its voxels nearly coincide; export the CT again with its geometry</source>
        <translation>{path} ist flach: zwei Achsen seiner Voxel fallen fast zusammen; das CT mit seiner Geometrie neu exportieren</translation>
    </message>
    <message>
        <source>{path} is no DICOM Spatial Registration; choose one</source>
        <translation>{path} ist keine DICOM Spatial Registration; eine wählen</translation>
    </message>
    <message>
        <source>{path} is not a camera file; give JSON with K and image_size_px, MayaCam 2 text (MayaCam 1 files must be exported again from XMALab), VTKCamera JSON, OpenCV YAML, RTK XML or a 3x4 projection matrix</source>
        <translation>{path} ist keine Kameradatei; JSON mit K und image_size_px, MayaCam-2-Text (MayaCam-1-Dateien sind aus XMALab neu zu exportieren), VTKCamera-JSON, OpenCV-YAML, RTK-XML oder eine 3x4-Projektionsmatrix angeben</translation>
    </message>
    <message>
        <source>{path} is not a file; give one that the verb prepare wrote</source>
        <translation>{path} ist keine Datei; eine angeben, die der Befehl prepare schrieb</translation>
    </message>
    <message>
        <source>{path} is not a file; give one with weights</source>
        <translation>{path} ist keine Datei; eine mit Gewichten angeben</translation>
    </message>
    <message>
        <source>{path} is not a file; give {kind}</source>
        <translation>{path} ist keine Datei; {kind} angeben</translation>
    </message>
    <message>
        <source>{path} is not a label map: its values are not whole numbers; give a segmentation</source>
        <translation>{path} ist kein Labelvolumen: seine Werte sind keine ganzen Zahlen; eine Segmentierung angeben</translation>
    </message>
    <message>
        <source>{path} is not a label map: values from {min} to {max}; give a segmentation</source>
        <translation>{path} ist kein Labelvolumen: Werte von {min} bis {max}; eine Segmentierung angeben</translation>
    </message>
    <message>
        <source>{path} is not a name that a file can have ({error}); check the path</source>
        <translation>{path} ist kein Name, den eine Datei haben kann ({error}); den Pfad prüfen</translation>
    </message>
    <message>
        <source>{path} is not a prepared CT of this version, or damaged; make it again with the verb prepare</source>
        <translation>{path} ist kein vorbereitetes CT dieser Version, oder beschädigt; es mit dem Befehl prepare neu machen</translation>
    </message>
    <message>
        <source>{path} is not a text file; give {kind} instead</source>
        <translation>{path} ist keine Textdatei; stattdessen {kind} angeben</translation>
    </message>
    <message>
        <source>{path} is not an ITK transform that can be read; save it again from Slicer</source>
        <translation>{path} ist keine lesbare ITK-Transformation; sie in Slicer neu speichern</translation>
    </message>
    <message>
        <source>{path} is not an OpenCV calibration file that can be read; write it again</source>
        <translation>{path} ist keine lesbare OpenCV-Kalibrierdatei; sie neu schreiben</translation>
    </message>
    <message>
        <source>{path} is not an RTK geometry that can be read (too deep); write it again with RTK</source>
        <translation>{path} ist keine lesbare RTK-Geometrie (zu tief); sie mit RTK neu schreiben</translation>
    </message>
    <message>
        <source>{path} is not the state of a training of this version; delete it and start anew</source>
        <translation>{path} ist nicht der Stand eines Trainings dieser Version; sie löschen und neu beginnen</translation>
    </message>
    <message>
        <source>{path} is not there, or no file; make a shape model with the verb shape-model</source>
        <translation>{path} gibt es nicht, oder es ist keine Datei; mit dem Befehl shape-model ein Formmodell machen</translation>
    </message>
    <message>
        <source>{path} is not valid JSON (line {lineno}: {msg}); correct that line</source>
        <translation>{path} ist kein gültiges JSON (Zeile {lineno}: {msg}); diese Zeile berichtigen</translation>
    </message>
    <message>
        <source>{path} is not valid JSON of any kind known here; write it again</source>
        <translation>{path} ist kein gültiges JSON einer hier bekannten Art; es neu schreiben</translation>
    </message>
    <message>
        <source>{path} is not valid XML (line {lineno}); write the geometry again with RTK</source>
        <translation>{path} ist kein gültiges XML (Zeile {lineno}); die Geometrie mit RTK neu schreiben</translation>
    </message>
    <message>
        <source>{path} is of the format &apos;{about}&apos;, not &apos;RayEmbRegistration encoder 1&apos;; update RayEmbRegistration</source>
        <translation>{path} hat das Format &apos;{about}&apos;, nicht &apos;RayEmbRegistration encoder 1&apos;; RayEmbRegistration aktualisieren</translation>
    </message>
    <message>
        <source>{path} is of version {found} of its format, this program reads up to {version}; update RayEmbRegistration</source>
        <translation>{path} hat Version {found} seines Formats, dieses Programm liest bis {version}; RayEmbRegistration aktualisieren</translation>
    </message>
    <message>
        <source>{path} is placed by its {name}, which is not the scanner&apos;s but {meaning} (code {code})</source>
        <translation>{path} ist durch seine {name} verortet, die nicht die des Scanners ist, sondern {meaning} (Code {code})</translation>
    </message>
    <message>
        <source>{path} is read-only and is left as it is; choose another name, or make it writable</source>
        <translation>{path} ist schreibgeschützt und bleibt, wie es ist; einen anderen Namen wählen, oder es beschreibbar machen</translation>
    </message>
    <message>
        <source>{path} is the camera of an image of {width} x {height} px, but the X-ray has {image_size} x {image_size2} px; give the camera of this very image (crop and binning change it)</source>
        <translation>{path} ist die Kamera eines Bildes von {width} x {height} px, aber das Röntgenbild hat {image_size} x {image_size2} px; die Kamera eben dieses Bildes angeben (Zuschnitt und Binning ändern sie)</translation>
    </message>
    <message>
        <source>{path} is {extent} mm large with voxels of {spacing} mm</source>
        <translation>{path} ist {extent} mm groß, mit Voxeln von {spacing} mm</translation>
    </message>
    <message>
        <source>{path} is {found}, not {wanted}; {_INSTEAD}</source>
        <translation>{path} ist {found}, nicht {wanted}; {_INSTEAD}</translation>
    </message>
    <message>
        <source>{path} is {modality}, not CT; give the patient&apos;s CT</source>
        <translation>{path} ist {modality}, nicht CT; das CT des Patienten angeben</translation>
    </message>
    <message>
        <source>{path} is {words}</source>
        <translation>{path} ist {words}</translation>
    </message>
    <message>
        <source>{path} labels nothing; give a label map with one number a bone</source>
        <translation>{path} bezeichnet nichts; ein Labelvolumen mit einer Nummer je Knochen angeben</translation>
    </message>
    <message>
        <source>{path} lacks &apos;{needed}&apos; in its header; copy or export it again</source>
        <translation>{path} fehlt &apos;{needed}&apos; in seinem Kopf; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} lacks bodies or frames of a track file; track the sequence again</source>
        <translation>{path} fehlen Körper oder Einzelbilder einer Verfolgungsdatei; die Sequenz neu verfolgen</translation>
    </message>
    <message>
        <source>{path} lacks the section &apos;{name}&apos; of a MayaCam 2 file; export it again from XMALab</source>
        <translation>{path} fehlt der Abschnitt &apos;{name}&apos; einer MayaCam-2-Datei; es aus XMALab neu exportieren</translation>
    </message>
    <message>
        <source>{path} lacks {key} of a VTKCamera file</source>
        <translation>{path} fehlt {key} einer VTKCamera-Datei</translation>
    </message>
    <message>
        <source>{path} lies {away} mm off the patient&apos;s origin: its header is damaged, or its lengths are not in mm; export the CT again</source>
        <translation>{path} liegt {away} mm vom Ursprung des Patienten: sein Kopf ist beschädigt, oder seine Längen sind nicht in mm; das CT neu exportieren</translation>
    </message>
    <message>
        <source>{path} looks like a label map (few whole numbers, none negative); give the CT, and this as labels</source>
        <translation>{path} sieht nach einem Labelvolumen aus (wenige ganze Zahlen, keine negativ); das CT angeben, und dies als Labels</translation>
    </message>
    <message>
        <source>{path} may not be read: permission denied</source>
        <translation>{path} darf nicht gelesen werden: Zugriff verweigert</translation>
    </message>
    <message>
        <source>{path} moves the X-ray&apos;s own frame; choose a file that leaves it where it is</source>
        <translation>{path} bewegt das Bezugssystem des Röntgenbilds selbst; eine Datei wählen, die es lässt, wo es ist</translation>
    </message>
    <message>
        <source>{path} must end in {ENDINGS}</source>
        <translation>{path} muss auf {ENDINGS} enden</translation>
    </message>
    <message>
        <source>{path} must hold a list &apos;pairs&apos; of objects with ras and px</source>
        <translation>{path} muss eine Liste &apos;pairs&apos; von Objekten mit ras und px enthalten</translation>
    </message>
    <message>
        <source>{path} must hold bodies: an object with a 4x4 matrix rig_from_body for each body&apos;s name</source>
        <translation>{path} muss bodies enthalten: ein Objekt mit einer 4x4-Matrix rig_from_body für den Namen jedes Körpers</translation>
    </message>
    <message>
        <source>{path} must hold bodies: an object with origin, proximal and right for each body&apos;s name</source>
        <translation>{path} muss bodies enthalten: ein Objekt mit origin, proximal und right zu jedem Namen eines Körpers</translation>
    </message>
    <message>
        <source>{path} must hold one JSON object in braces, not a {__name__}</source>
        <translation>{path} muss ein JSON-Objekt in geschweiften Klammern enthalten, kein {__name__}</translation>
    </message>
    <message>
        <source>{path} must hold one linear 3D transform; harden a composed one in Slicer and save it again</source>
        <translation>{path} muss eine lineare 3D-Transformation enthalten; eine zusammengesetzte in Slicer härten und neu speichern</translation>
    </message>
    <message>
        <source>{path} needs its material: write {path2}:CoCr (or {MATERIALS})</source>
        <translation>{path} braucht sein Material: {path2}:CoCr schreiben (oder {MATERIALS})</translation>
    </message>
    <message>
        <source>{path} registers {others} frames to the X-ray&apos;s; choose a file that registers one CT</source>
        <translation>{path} registriert {others} Bezugssysteme auf das des Röntgenbilds; eine Datei wählen, die ein CT registriert</translation>
    </message>
    <message>
        <source>{path} says it has {dim} dimensions: its header is damaged; copy or export it again</source>
        <translation>{path} sagt, es habe {dim} Dimensionen: sein Kopf ist beschädigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} says it is {size} voxels large, so its header is damaged; copy or export it again</source>
        <translation>{path} sagt, es sei {size} Voxel groß, daher ist sein Kopf beschädigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} says it is {size} voxels large, which takes {value} GB (at most {value2} can be read); crop the CT to the bone, or copy the file again if that is not its size</source>
        <translation>{path} sagt, es sei {size} Voxel groß, was {value} GB braucht (höchstens {value2} lassen sich lesen); das CT auf den Knochen zuschneiden, oder die Datei neu kopieren, wenn das nicht seine Größe ist</translation>
    </message>
    <message>
        <source>{path} says its voxels begin at byte {offset}: its header is damaged; copy or export it again</source>
        <translation>{path} sagt, seine Voxel beginnen bei Byte {offset}: sein Kopf ist beschädigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} scales its values by {slope} and {intercept}: its header is damaged; copy or export it again</source>
        <translation>{path} skaliert seine Werte mit {slope} und {intercept}: sein Kopf ist beschädigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} shows only air (at most {high} HU); give a CT of the patient in Hounsfield units</source>
        <translation>{path} zeigt nur Luft (höchstens {high} HU); ein CT des Patienten in Hounsfield-Einheiten angeben</translation>
    </message>
    <message>
        <source>{path} skips {line_skip} lines and {byte_skip} bytes: its header is damaged; copy or export it again</source>
        <translation>{path} überspringt {line_skip} Zeilen und {byte_skip} Bytes: sein Kopf ist beschädigt; neu kopieren oder exportieren</translation>
    </message>
    <message>
        <source>{path} spreads its voxels over several files; save it again as one .mha file</source>
        <translation>{path} verteilt seine Voxel auf mehrere Dateien; es als eine .mha-Datei neu speichern</translation>
    </message>
    <message>
        <source>{path} spreads its voxels over several files; save it again as one .nrrd file</source>
        <translation>{path} verteilt seine Voxel auf mehrere Dateien; es als eine .nrrd-Datei neu speichern</translation>
    </message>
    <message>
        <source>{path} stores its voxels as &apos;{encoding}&apos;; save it again raw or with gzip</source>
        <translation>{path} speichert seine Voxel als &apos;{encoding}&apos;; es roh oder mit gzip neu speichern</translation>
    </message>
    <message>
        <source>{path} stores its voxels as text; save it again as binary</source>
        <translation>{path} speichert seine Voxel als Text; es binär neu speichern</translation>
    </message>
    <message>
        <source>{path} stores voxels of the type &apos;{fields}&apos;; save it again with 16-bit integers</source>
        <translation>{path} speichert Voxel der Art &apos;{fields}&apos;; es mit ganzen Zahlen zu 16 Bit neu speichern</translation>
    </message>
    <message>
        <source>{path} stores voxels of the type &apos;{kind}&apos;; save it again with 16-bit integers</source>
        <translation>{path} speichert Voxel der Art &apos;{kind}&apos;; es mit ganzen Zahlen zu 16 Bit neu speichern</translation>
    </message>
    <message>
        <source>{path} stores voxels of the unusual type {datatype}; save it again with 16-bit integers</source>
        <translation>{path} speichert Voxel der ungewöhnlichen Art {datatype}; es mit ganzen Zahlen zu 16 Bit neu speichern</translation>
    </message>
    <message>
        <source>{path} was stored without its offset (soft tissue at {peak}, no value below {value})</source>
        <translation>{path} war ohne seinen Versatz gespeichert (Weichteile bei {peak}, kein Wert unter {value})</translation>
    </message>
    <message>
        <source>{path} was tilted by {tilt} degrees and was resampled to perpendicular axes</source>
        <translation>{path} war um {tilt} Grad gekippt und wurde auf senkrechte Achsen umgerechnet</translation>
    </message>
    <message>
        <source>{path} {said}; {distance} mm was assumed, which scales lengths on the detector only, not the projection</source>
        <translation>{path} {said}; {distance} mm wurde angenommen, was nur Längen auf dem Detektor skaliert, nicht die Projektion</translation>
    </message>
    <message>
        <source>{path} {unknown_place}; export the CT again with its geometry, or open it in 3D Slicer, set spacing and orientation, check left and right, and save it as NRRD</source>
        <translation>{path} {unknown_place}; das CT mit seiner Geometrie neu exportieren, oder es in 3D Slicer öffnen, Abstand und Orientierung setzen, links und rechts prüfen, und als NRRD speichern</translation>
    </message>
    <message>
        <source>{path} {unknown_place}; save it again with its geometry</source>
        <translation>{path} {unknown_place}; es mit seiner Geometrie neu speichern</translation>
    </message>
    <message>
        <source>{path} {unknown_place}; the CT&apos;s place was taken, of equal size</source>
        <translation>{path} {unknown_place}; der Ort des gleich großen CT wurde genommen</translation>
    </message>
    <message>
        <source>{path}: its {names} must hold {wanted}; save it again from Slicer</source>
        <translation>{path}: seine {names} müssen {wanted} enthalten; sie in Slicer neu speichern</translation>
    </message>
    <message>
        <source>{place}; {off} mm</source>
        <translation>{place}; {off} mm</translation>
    </message>
    <message>
        <source>{points} landmark pairs are too few for a pose; give at least 4, better 6 or more</source>
        <translation>{points} Landmarkenpaare sind zu wenige für eine Pose; mindestens 4 angeben, besser 6 oder mehr</translation>
    </message>
    <message>
        <source>{poses} poses</source>
        <translation>{poses} Posen</translation>
    </message>
    <message>
        <source>{problem} (--camera, or --sdd and --spacing)</source>
        <translation>{problem} (--camera, oder --sdd und --spacing)</translation>
    </message>
    <message>
        <source>{problem}: check the pixel spacing of columns and rows</source>
        <translation>{problem}: die Pixelabstände von Spalten und Zeilen prüfen</translation>
    </message>
    <message>
        <source>{problem}: undistort the image</source>
        <translation>{problem}: das Bild entzerren</translation>
    </message>
    <message>
        <source>{reason}; but {doubt}: look at it, do not trust it</source>
        <translation>{reason}; aber {doubt}: es ansehen, sich nicht darauf verlassen</translation>
    </message>
    <message>
        <source>{residual_px} px left (median)</source>
        <translation>{residual_px} px bleiben (Median)</translation>
    </message>
    <message>
        <source>{rest} specks and small bits</source>
        <translation>{rest} Flecken und kleine Stücke</translation>
    </message>
    <message>
        <source>{right} landmarks of which {value} are right do not calibrate; give both kinds</source>
        <translation>{right} Landmarken, von denen {value} richtig sind, kalibrieren nicht; beide Arten angeben</translation>
    </message>
    <message>
        <source>{scouts} scout image(s) of the series were left out</source>
        <translation>{scouts} Scout-Bild(er) der Serie wurden weggelassen</translation>
    </message>
    <message>
        <source>{seen} of them show its shadow, which is drawn</source>
        <translation>{seen} davon zeigen seinen Schatten, der eingezeichnet ist</translation>
    </message>
    <message>
        <source>{sets} sets a step cannot be shared by {world} processes; use as many, or a divisor</source>
        <translation>{sets} Sätze je Schritt lassen sich nicht auf {world} Prozesse verteilen; so viele oder einen Teiler davon nehmen</translation>
    </message>
    <message>
        <source>{shapes} individuals make no shape model; give at least {LEAST_INDIVIDUALS}, better 20 or more</source>
        <translation>{shapes} Individuen ergeben kein Formmodell; mindestens {LEAST_INDIVIDUALS} angeben, besser 20 oder mehr</translation>
    </message>
    <message>
        <source>{share} % of its voxels are missing</source>
        <translation>{share} % seiner Voxel fehlen</translation>
    </message>
    <message>
        <source>{share} not found in the X-ray; check that it shows this patient and this side, and that no bone has moved</source>
        <translation>{share} im Röntgenbild nicht zu finden; prüfen, ob es diesen Patienten und diese Seite zeigt und dass sich kein Knochen bewegt hat</translation>
    </message>
    <message>
        <source>{share} of {path} around the scanned field are not numbers (NaN or infinite); they were set to air</source>
        <translation>{share} von {path} um das erfasste Feld sind keine Zahlen (NaN oder unendlich); sie wurden auf Luft gesetzt</translation>
    </message>
    <message>
        <source>{similarity} of the outline is found, {value} px off</source>
        <translation>{similarity} des Umrisses sind gefunden, {value} px daneben</translation>
    </message>
    <message>
        <source>{source_to_detector_mm} mm</source>
        <translation>{source_to_detector_mm} mm</translation>
    </message>
    <message>
        <source>{templates} templates cannot be drawn from {rotations} views; widen the view prior</source>
        <translation>aus {rotations} Ansichten lassen sich nicht {templates} Vorlagen ziehen; die vorgegebene Ansicht weiter fassen</translation>
    </message>
    <message>
        <source>{text} amid the bones</source>
        <translation>{text} zwischen den Knochen</translation>
    </message>
    <message>
        <source>{told}, so the CT is left as it is</source>
        <translation>{told}, daher bleibt das CT, wie es ist</translation>
    </message>
    <message>
        <source>{unread} (correct the key, or write it into a note)</source>
        <translation>{unread} (den Schlüssel berichtigen, oder es in eine Notiz schreiben)</translation>
    </message>
    <message>
        <source>{values} mm too far</source>
        <translation>{values} mm zu weit</translation>
    </message>
    <message>
        <source>{values} mm too near</source>
        <translation>{values} mm zu nah</translation>
    </message>
    <message>
        <source>{value} % likely to be a wrong pose</source>
        <translation>zu {value} % wahrscheinlich eine falsche Pose</translation>
    </message>
    <message>
        <source>{value} % of the bone&apos;s edges are</source>
        <translation>{value} % der Knochenkanten sind</translation>
    </message>
    <message>
        <source>{value} &apos;{description}&apos; ({value2}, {slices} slices{phase}, UID {uid})</source>
        <translation>{value} &apos;{description}&apos; ({value2}, {slices} Schichten{phase}, UID {uid})</translation>
    </message>
    <message>
        <source>{value} and Field of View Origin</source>
        <translation>{value} und Field of View Origin</translation>
    </message>
    <message>
        <source>{value} and {beam}</source>
        <translation>{value} und {beam}</translation>
    </message>
    <message>
        <source>{value} has {increments} values for {frames} frames; the angle of the first frame is used for all</source>
        <translation>{value} hat {increments} Werte für {frames} Einzelbilder; der Winkel des ersten Einzelbilds wird für alle verwendet</translation>
    </message>
    <message>
        <source>{value} is NON_NORMAL: the image is not perpendicular to the beam, and its camera is only approximate</source>
        <translation>{value} ist NON_NORMAL: das Bild steht nicht senkrecht zum Strahl, und seine Kamera ist nur angenähert</translation>
    </message>
    <message>
        <source>{value} mm</source>
        <translation>{value} mm</translation>
    </message>
    <message>
        <source>{value} mm at the isocentre</source>
        <translation>{value} mm am Isozentrum</translation>
    </message>
    <message>
        <source>{value} numbers</source>
        <translation>{value} Zahlen</translation>
    </message>
    <message>
        <source>{value} of the scanned film</source>
        <translation>{value} des gescannten Films</translation>
    </message>
    <message>
        <source>{value} of {slices} slices in {folder} have no {name}, so their {meaning} unknown; export the CT again</source>
        <translation>{value} von {slices} Schichten in {folder} haben kein {name}, daher ist ihr {meaning} unbekannt; das CT neu exportieren</translation>
    </message>
    <message>
        <source>{value} pinned and {pinned} landmarks in all determine no pose; pin four or more that do not lie on a line, or give a start pose</source>
        <translation>{value} festgesetzte und {pinned} Landmarken insgesamt bestimmen keine Pose; vier oder mehr festsetzen, die nicht auf einer Linie liegen, oder eine Startpose angeben</translation>
    </message>
    <message>
        <source>{value} pixels are not a number; they are masked</source>
        <translation>{value} Pixel sind keine Zahl; sie sind maskiert</translation>
    </message>
    <message>
        <source>{value} pixels that are not finite were masked</source>
        <translation>{value} nicht endliche Pixel wurden maskiert</translation>
    </message>
    <message>
        <source>{value} says that the image is distorted{amount}; correct it first</source>
        <translation>{value} sagt, dass das Bild verzeichnet ist{amount}; es zuerst korrigieren</translation>
    </message>
    <message>
        <source>{what} of {unit} is unusual ({low} to {unit2}); {hint}</source>
        <translation>{what} von {unit} ist ungewöhnlich ({low} bis {unit2}); {hint}</translation>
    </message>
    <message>
        <source>{where} holds no C-arms; give a file that the panel wrote them to</source>
        <translation>{where} enthält keine C-Bögen; eine Datei angeben, in die das Modul sie schrieb</translation>
    </message>
    <message>
        <source>{where} is of a later version; update RayEmb Registration, or have it written by this one</source>
        <translation>{where} ist von einer späteren Version; RayEmb Registration aktualisieren, oder sie von dieser schreiben lassen</translation>
    </message>
    <message>
        <source>{where}: a source-to-detector distance of {distance} mm looks like metres; give it in mm</source>
        <translation>{where}: ein Fokus-Detektor-Abstand von {distance} mm sieht nach Metern aus; ihn in mm angeben</translation>
    </message>
    <message>
        <source>{where}: the bone would lie {depth_mm} mm from the source, behind the detector at {source_to_detector_mm} mm; check the pose and the distances, in mm</source>
        <translation>{where}: der Knochen läge {depth_mm} mm von der Quelle, hinter dem Detektor bei {source_to_detector_mm} mm; die Pose und die Abstände prüfen, in mm</translation>
    </message>
    <message>
        <source>{where}: the bone would lie {value} mm behind the source; check the pose and its axes</source>
        <translation>{where}: der Knochen läge {value} mm hinter der Quelle; die Pose und ihre Achsen prüfen</translation>
    </message>
    <message>
        <source>{where}: the camera&apos;s place in its rig, {distance} mm from the rig&apos;s origin, looks like metres; give mm</source>
        <translation>{where}: der Platz der Kamera in ihrer Anordnung, {distance} mm vom Ursprung der Anordnung, sieht nach Metern aus; mm angeben</translation>
    </message>
    <message>
        <source>{where}: {what} of {unit} cannot be that of an X-ray ({limits}); {hint}</source>
        <translation>{where}: {what} von {unit} kann nicht die eines Röntgenbilds sein ({limits}); {hint}</translation>
    </message>
    <message>
        <source>{where}; the earth&apos;s field distorts otherwise there. Give a plate&apos;s image of this orientation, too</source>
        <translation>{where}; das Erdmagnetfeld verzeichnet dort anders. Auch das Bild einer Platte in dieser Stellung angeben</translation>
    </message>
    <message>
        <source>{which} fit {how} ({values} before, {values2} after)</source>
        <translation>{which} passen {how} ({values} zuvor, {values2} danach)</translation>
    </message>
    <message>
        <source>{words} that took no part</source>
        <translation>{words}, die nicht teilnahmen,</translation>
    </message>
    <message>
        <source>{x}, {y}, {z} mm</source>
        <translation>{x}, {y}, {z} mm</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.adjustedWords</name>
    <message>
        <source>bone {label}</source>
        <translation>Knochen {label}</translation>
    </message>
    <message>
        <source>New metal, {name}: its error is expected to be {mm:.1f} mm; it overlaps its shadows by {share:.0%}.</source>
        <translation>Neues Metall, {name}: sein Fehler ist voraussichtlich {mm:.1f} mm; es überlappt seine Schatten zu {share:.0%}.</translation>
    </message>
    <message>
        <source>New metal, a rod: {diameter:.1f} mm thick and {length:.0f} mm long.</source>
        <translation>Neues Metall, ein Stab: {diameter:.1f} mm dick und {length:.0f} mm lang.</translation>
    </message>
    <message>
        <source>New metal: {ml:.1f} ml, what its shadows leave room for.</source>
        <translation>Neues Metall: {ml:.1f} ml, wofür seine Schatten Raum lassen.</translation>
    </message>
    <message>
        <source>With one X-ray less {share:.0%} of it are found again.</source>
        <translation>Mit einem Röntgenbild weniger werden {share:.0%} davon wiedergefunden.</translation>
    </message>
    <message>
        <source>Metal&apos;s shadow in X-ray {number}: {length:.0f} mm long and {width:.0f} mm wide, were it as far off as the middle of the bone.</source>
        <translation>Schatten von Metall in Röntgenbild {number}: {length:.0f} mm lang und {width:.0f} mm breit, läge es so weit entfernt wie die Mitte des Knochens.</translation>
    </message>
    <message>
        <source>Not adjusted</source>
        <translation>Nicht angepasst</translation>
    </message>
    <message>
        <source>Adjusted, trusted</source>
        <translation>Angepasst, verlässlich</translation>
    </message>
    <message>
        <source>Adjusted, not trusted</source>
        <translation>Angepasst, nicht verlässlich</translation>
    </message>
    <message>
        <source>trusted</source>
        <translation>verlässlich</translation>
    </message>
    <message>
        <source>not trusted</source>
        <translation>nicht verlässlich</translation>
    </message>
    <message>
        <source>{name}, {state}: turned by {deg}°, shifted by {mm} mm; {reason}</source>
        <translation>{name}, {state}: um {deg}° gedreht, um {mm} mm verschoben; {reason}</translation>
    </message>
    <message>
        <source>The X-rays leave {share:.0%} of what might have changed unseen.</source>
        <translation>Die Röntgenbilder lassen {share:.0%} dessen ungesehen, was sich geändert haben könnte.</translation>
    </message>
    <message>
        <source>The change folds the bone onto itself somewhere: do not trust it; let it differ less.</source>
        <translation>Die Änderung faltet den Knochen irgendwo auf sich selbst: nicht darauf verlassen; weniger Abweichung erlauben.</translation>
    </message>
    <message>
        <source>It is the CT from before, adjusted to the X-rays, and no new CT: what they do not show is as it was, fine structure is the old one, moved.</source>
        <translation>Es ist das frühere CT, an die Röntgenbilder angepasst, und kein neues CT: was sie nicht zeigen, ist, wie es war; feine Strukturen sind die alten, verschoben.</translation>
    </message>
    <message>
        <source>Standard deviation of where the bone is: blue 0 mm, white {half:g} mm, red {most:g} mm and more.</source>
        <translation>Standardabweichung des Knochenorts: blau 0 mm, weiß {half:g} mm, rot {most:g} mm und mehr.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.advancedSection</name>
    <message>
        <source>1 prepared CT, {size:.0f} MB</source>
        <translation>1 vorbereitetes CT, {size:.0f} MB</translation>
    </message>
    <message>
        <source>{count} prepared CTs, {size:.0f} MB</source>
        <translation>{count} vorbereitete CTs, {size:.0f} MB</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.anglesSection</name>
    <message>
        <source>The DICOM file tells no positioner angles.</source>
        <translation>Die DICOM-Datei nennt keine Winkel des C-Bogens.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.arrivals</name>
    <message>
        <source>{name} is taken as the CT.</source>
        <translation>{name} wird als CT genommen.</translation>
    </message>
    <message>
        <source>{names} is taken as an X-ray.</source>
        <translation>{names} wird als Röntgenbild genommen.</translation>
    </message>
    <message>
        <source>{names} are taken as X-rays.</source>
        <translation>{names} werden als Röntgenbilder genommen.</translation>
    </message>
    <message>
        <source>{count} images here may be X-rays; add those of this registration.</source>
        <translation>{count} Bilder hier können Röntgenbilder sein; die dieser Registrierung hinzufügen.</translation>
    </message>
    <message>
        <source>Folder of X-rays with their camera files</source>
        <translation>Ordner mit Röntgenbildern und ihren Kameradateien</translation>
    </message>
    <message>
        <source>{xray} with {camera}</source>
        <translation>{xray} mit {camera}</translation>
    </message>
    <message>
        <source>Loaded {pairs}.</source>
        <translation>{pairs} geladen.</translation>
    </message>
    <message>
        <source>CT</source>
        <translation>CT</translation>
    </message>
    <message>
        <source>CT: {name}</source>
        <translation>CT: {name}</translation>
    </message>
    <message>
        <source>Start: {mode}</source>
        <translation>Start: {mode}</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.assessSection</name>
    <message>
        <source>There is no pose yet of {names}.</source>
        <translation>Noch keine Pose für {names}.</translation>
    </message>
    <message>
        <source>The verdict is of the pose as it stands.</source>
        <translation>Die Bewertung gilt für die Pose, wie sie steht.</translation>
    </message>
    <message>
        <source>Say how far the pose can be trusted as it stands; nothing moves.</source>
        <translation>Sagen, wie weit die Pose, wie sie steht, verlässlich ist; nichts bewegt sich.</translation>
    </message>
    <message>
        <source>Wait until what runs is done.</source>
        <translation>Warten, bis das Laufende fertig ist.</translation>
    </message>
    <message>
        <source>Assessed in {seconds:.1f} s.</source>
        <translation>In {seconds:.1f} s bewertet.</translation>
    </message>
    <message>
        <source>Assessed in {seconds:.1f} s, not to be trusted.</source>
        <translation>In {seconds:.1f} s bewertet, nicht verlässlich.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.boneSection</name>
    <message>
        <source>The scene is being closed.</source>
        <translation>Die Szene wird gerade geschlossen.</translation>
    </message>
    <message>
        <source>Add an X-ray to the table.</source>
        <translation>Ein Röntgenbild in die Tabelle aufnehmen.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Bone from X-ray</source>
        <translation>Knochen aus Röntgenbild</translation>
    </message>
    <message>
        <source>Stop; nothing is changed.</source>
        <translation>Anhalten; nichts wird geändert.</translation>
    </message>
    <message>
        <source>The bone&apos;s surface in 3D as a network guesses it from the selected X-ray alone. It needs no CT.</source>
        <translation>Die Oberfläche des Knochens in 3D, wie ein Netz sie allein aus dem gewählten Röntgenbild schätzt. Ein CT ist nicht nötig.</translation>
    </message>
    <message>
        <source>The X-ray shows another image by now: press the button again.</source>
        <translation>Das Röntgenbild zeigt inzwischen ein anderes Bild: den Knopf noch einmal drücken.</translation>
    </message>
    <message>
        <source>Cancelling...</source>
        <translation>Wird abgebrochen...</translation>
    </message>
    <message>
        <source>Wait until what runs is done.</source>
        <translation>Warten, bis das Laufende fertig ist.</translation>
    </message>
    <message>
        <source>The X-ray was deleted meanwhile; its bone is not shown.</source>
        <translation>Das Röntgenbild wurde inzwischen gelöscht; sein Knochen wird nicht gezeigt.</translation>
    </message>
    <message>
        <source>A network&apos;s guess, not for measuring: median standard deviation {median:.0f} mm along the rays (blue 2 mm, red 25 mm and more).</source>
        <translation>Schätzung eines Netzes, nicht zum Messen: mittlere Standardabweichung (Median) {median:.0f} mm längs der Strahlen (blau 2 mm, rot 25 mm und mehr).</translation>
    </message>
    <message>
        <source>That is so uncertain that its depths are worth nothing.</source>
        <translation>Das ist so unsicher, dass seine Tiefen nichts wert sind.</translation>
    </message>
    <message>
        <source>One X-ray does not show how far away the bone is: {depth:.0f} mm, as you gave it. The surface is as large as that makes it.</source>
        <translation>Ein einzelnes Röntgenbild zeigt nicht, wie weit entfernt der Knochen ist: {depth:.0f} mm, wie angegeben. Die Oberfläche ist so groß, wie das sie macht.</translation>
    </message>
    <message>
        <source>Its distance from the source, {depth:.0f} mm, is that of the CT&apos;s bone by the pose.</source>
        <translation>Sein Abstand von der Quelle, {depth:.0f} mm, ist der des Knochens im CT nach der Pose.</translation>
    </message>
    <message>
        <source>It stands by the pose of the X-ray.</source>
        <translation>Er steht nach der Pose des Röntgenbilds.</translation>
    </message>
    <message>
        <source>The X-ray has no pose: it is turned by the C-arm&apos;s angles, its middle at the origin.</source>
        <translation>Das Röntgenbild hat keine Pose: der Knochen ist nach den Winkeln des C-Bogens gedreht, seine Mitte im Ursprung.</translation>
    </message>
    <message>
        <source>Nothing is known of the pose: it stands as in an AP view, its middle at the origin.</source>
        <translation>Von der Pose ist nichts bekannt: der Knochen steht wie in einer AP-Ansicht, seine Mitte im Ursprung.</translation>
    </message>
    <message>
        <source>The X-ray has no pose: it is turned as in the View of its row, its middle at the origin.</source>
        <translation>Das Röntgenbild hat keine Pose: der Knochen ist nach der Ansicht seiner Zeile gedreht, seine Mitte im Ursprung.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.cArms</name>
    <message>
        <source>the settings</source>
        <translation>die Einstellungen</translation>
    </message>
    <message>
        <source>Keep this geometry as...</source>
        <translation>Diese Geometrie behalten als...</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Read from a file...</source>
        <translation>Aus einer Datei lesen...</translation>
    </message>
    <message>
        <source>Write to a file...</source>
        <translation>In eine Datei schreiben...</translation>
    </message>
    <message>
        <source>C-arm</source>
        <translation>C-Bogen</translation>
    </message>
    <message>
        <source>Name of the device or room:</source>
        <translation>Name des Geräts oder Raums:</translation>
    </message>
    <message>
        <source>Kept as {name}, for X-rays to come.</source>
        <translation>Als {name} behalten, für künftige Röntgenbilder.</translation>
    </message>
    <message>
        <source>C-arms (*.json);;All files (*)</source>
        <translation>C-Bögen (*.json);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Read C-arms</source>
        <translation>C-Bögen lesen</translation>
    </message>
    <message>
        <source>Read {names}.</source>
        <translation>{names} gelesen.</translation>
    </message>
    <message>
        <source>C-arms (*.json)</source>
        <translation>C-Bögen (*.json)</translation>
    </message>
    <message>
        <source>Write C-arms</source>
        <translation>C-Bögen schreiben</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.choices</name>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>C-arm angles</source>
        <translation>Winkel des C-Bogens</translation>
    </message>
    <message>
        <source>Landmark pairs</source>
        <translation>Landmarkenpaare</translation>
    </message>
    <message>
        <source>Ends of the bone</source>
        <translation>Enden des Knochens</translation>
    </message>
    <message>
        <source>Current pose</source>
        <translation>Jetzige Pose</translation>
    </message>
    <message>
        <source>Front to back (AP)</source>
        <translation>Von vorn nach hinten (AP)</translation>
    </message>
    <message>
        <source>Back to front (PA)</source>
        <translation>Von hinten nach vorn (PA)</translation>
    </message>
    <message>
        <source>From the right to the left side (left lateral)</source>
        <translation>Von rechts nach links (seitlich, linksanliegend)</translation>
    </message>
    <message>
        <source>From the left to the right side (right lateral)</source>
        <translation>Von links nach rechts (seitlich, rechtsanliegend)</translation>
    </message>
    <message>
        <source>Oblique, the detector at the left in front (LAO)</source>
        <translation>Schräg, der Detektor links vorn (LAO)</translation>
    </message>
    <message>
        <source>Oblique, the detector at the right in front (RAO)</source>
        <translation>Schräg, der Detektor rechts vorn (RAO)</translation>
    </message>
    <message>
        <source>Oblique, the detector at the left behind (LPO)</source>
        <translation>Schräg, der Detektor links hinten (LPO)</translation>
    </message>
    <message>
        <source>Oblique, the detector at the right behind (RPO)</source>
        <translation>Schräg, der Detektor rechts hinten (RPO)</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>Unbekannt</translation>
    </message>
    <message>
        <source>AP</source>
        <translation>AP</translation>
    </message>
    <message>
        <source>PA</source>
        <translation>PA</translation>
    </message>
    <message>
        <source>L lat.</source>
        <translation>Seitl. li.</translation>
    </message>
    <message>
        <source>R lat.</source>
        <translation>Seitl. re.</translation>
    </message>
    <message>
        <source>LAO</source>
        <translation>LAO</translation>
    </message>
    <message>
        <source>RAO</source>
        <translation>RAO</translation>
    </message>
    <message>
        <source>LPO</source>
        <translation>LPO</translation>
    </message>
    <message>
        <source>RPO</source>
        <translation>RPO</translation>
    </message>
    <message>
        <source>Overlay on the X-ray</source>
        <translation>Überlagerung auf dem Röntgenbild</translation>
    </message>
    <message>
        <source>Position in space</source>
        <translation>Position im Raum</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>Beide Richtungen</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>Vorwärts</translation>
    </message>
    <message>
        <source>Backward</source>
        <translation>Rückwärts</translation>
    </message>
    <message>
        <source>Landmarks (RayEmb)</source>
        <translation>Landmarken (RayEmb)</translation>
    </message>
    <message>
        <source>Search by DRRs</source>
        <translation>Suche mit DRRs</translation>
    </message>
    <message>
        <source>Landmarks, then search</source>
        <translation>Landmarken, dann Suche</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Graphics card (CUDA)</source>
        <translation>Grafikkarte (CUDA)</translation>
    </message>
    <message>
        <source>Graphics card (Apple)</source>
        <translation>Grafikkarte (Apple)</translation>
    </message>
    <message>
        <source>Blend</source>
        <translation>Überblenden</translation>
    </message>
    <message>
        <source>Edges</source>
        <translation>Kanten</translation>
    </message>
    <message>
        <source>Checkerboard</source>
        <translation>Schachbrett</translation>
    </message>
    <message>
        <source>Wiper</source>
        <translation>Wischer</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Differenz</translation>
    </message>
    <message>
        <source>Blink</source>
        <translation>Blinken</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.clickSection</name>
    <message>
        <source>Click a point in an X-ray: its ray is shown in the CT, and where it lies in the other X-rays.</source>
        <translation>Einen Punkt in einem Röntgenbild anklicken: sein Strahl wird im CT gezeigt, und wo er in den anderen Röntgenbildern liegt.</translation>
    </message>
    <message>
        <source>Register first.</source>
        <translation>Zuerst registrieren.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.correctSection</name>
    <message>
        <source>Landmark</source>
        <translation>Landmarke</translation>
    </message>
    <message>
        <source>Off (mm)</source>
        <translation>Abweichung (mm)</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Register first.</source>
        <translation>Zuerst registrieren.</translation>
    </message>
    <message>
        <source>No landmarks were detected in this X-ray. Give landmark pairs or a pose under Start instead.</source>
        <translation>In diesem Röntgenbild wurden keine Landmarken gefunden. Stattdessen unter Start Landmarkenpaare oder eine Pose angeben.</translation>
    </message>
    <message>
        <source>Bones that move on their own cannot be corrected by landmarks.</source>
        <translation>Knochen, die sich für sich bewegen, lassen sich nicht mit Landmarken korrigieren.</translation>
    </message>
    <message>
        <source>Drag a landmark (circle) in the X-ray to where it belongs, or uncheck one that is wrong. Then solve again.</source>
        <translation>Eine Landmarke (Kreis) im Röntgenbild an ihren Ort ziehen oder eine falsche abwählen. Dann neu lösen.</translation>
    </message>
    <message>
        <source>used</source>
        <translation>verwendet</translation>
    </message>
    <message>
        <source>confirmed</source>
        <translation>bestätigt</translation>
    </message>
    <message>
        <source>disagrees</source>
        <translation>widerspricht</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>weggelassen</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.ctSection</name>
    <message>
        <source>Choose the CT.</source>
        <translation>Das CT wählen.</translation>
    </message>
    <message>
        <source>{name} is no volume with several slices; choose the CT.</source>
        <translation>{name} ist kein Volumen mit mehreren Schichten; das CT wählen.</translation>
    </message>
    <message>
        <source>{name} is an X-ray ({modality}) of several frames; choose the CT.</source>
        <translation>{name} ist ein Röntgenbild ({modality}) mit mehreren Einzelbildern; das CT wählen.</translation>
    </message>
    <message>
        <source>{name} is an X-ray of several frames; choose the CT.</source>
        <translation>{name} ist ein Röntgenbild mit mehreren Einzelbildern; das CT wählen.</translation>
    </message>
    <message>
        <source>Check at least one segment.</source>
        <translation>Mindestens ein Segment anhaken.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Prepare</source>
        <translation>Vorbereiten</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <source>Start training; it becomes Cancel while it runs.</source>
        <translation>Training beginnen; solange es läuft, bricht die Taste es ab.</translation>
    </message>
    <message>
        <source>Prepared.</source>
        <translation>Vorbereitet.</translation>
    </message>
    <message>
        <source>Not prepared yet; the first registration does it, in about {seconds} s.</source>
        <translation>Noch nicht vorbereitet; die erste Registrierung tut es, in etwa {seconds} s.</translation>
    </message>
    <message>
        <source>Wait until what runs is done.</source>
        <translation>Warten, bis das Laufende fertig ist.</translation>
    </message>
    <message>
        <source>Prepared: bone within {size} voxels, {points} points.</source>
        <translation>Vorbereitet: Knochen innerhalb von {size} Voxeln, {points} Punkte.</translation>
    </message>
    <message>
        <source>Prepared, with a detector trained for this patient.</source>
        <translation>Vorbereitet, mit einem auf diesen Patienten trainierten Detektor.</translation>
    </message>
    <message>
        <source>Trained; landmark error {error} mm in simulated X-rays.</source>
        <translation>Trainiert; Landmarkenfehler {error} mm in simulierten Röntgenbildern.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.export</name>
    <message>
        <source>there is no pose to export; register first</source>
        <translation>es gibt keine Pose zu exportieren; zuerst registrieren</translation>
    </message>
    <message>
        <source>X-ray {n}</source>
        <translation>Röntgenbild {n}</translation>
    </message>
    <message>
        <source>there is no report to print</source>
        <translation>es gibt keinen Bericht zu drucken</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.exportReport</name>
    <message>
        <source>Overlay, {name}</source>
        <translation>Überlagerung, {name}</translation>
    </message>
    <message>
        <source>Source, bone and detector</source>
        <translation>Quelle, Knochen und Detektor</translation>
    </message>
    <message>
        <source>Motion of bones</source>
        <translation>Bewegung der Knochen</translation>
    </message>
    <message>
        <source>no verdict</source>
        <translation>keine Bewertung</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.exportScene</name>
    <message>
        <source>time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>verdict</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>overlay</source>
        <translation>Überlagerung</translation>
    </message>
    <message>
        <source>position</source>
        <translation>Position</translation>
    </message>
    <message>
        <source>X-rays</source>
        <translation>Röntgenbilder</translation>
    </message>
    <message>
        <source>why</source>
        <translation>warum</translation>
    </message>
    <message>
        <source>comment</source>
        <translation>Kommentar</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.filterSection</name>
    <message>
        <source>Contrast</source>
        <translation>Kontrast</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Invertieren</translation>
    </message>
    <message>
        <source>Edges</source>
        <translation>Kanten</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>Glätten</translation>
    </message>
    <message>
        <source>As it is</source>
        <translation>Unverändert</translation>
    </message>
    <message>
        <source>Show as it is</source>
        <translation>Unverändert zeigen</translation>
    </message>
    <message>
        <source>Select an X-ray in the table.</source>
        <translation>Ein Röntgenbild in der Tabelle auswählen.</translation>
    </message>
    <message>
        <source>display</source>
        <translation>Anzeige</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.framesSection</name>
    <message>
        <source> of {count}</source>
        <translation> von {count}</translation>
    </message>
    <message>
        <source>The frame that is registered; another frame is another image, with a verdict of its own.</source>
        <translation>Das Einzelbild, das registriert wird; ein anderes ist ein anderes Bild, mit eigener Bewertung.</translation>
    </message>
    <message>
        <source>frame</source>
        <translation>Einzelbild</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.geometrySection</name>
    <message>
        <source>The exact camera matrix of the file is used; typing a value replaces it.</source>
        <translation>Die exakte Kameramatrix der Datei wird verwendet; ein eingetippter Wert ersetzt sie.</translation>
    </message>
    <message>
        <source>This geometry</source>
        <translation>Diese Geometrie</translation>
    </message>
    <message>
        <source>Camera files (*.json *.txt *.yaml *.yml *.xml);;All files (*)</source>
        <translation>Kameradateien (*.json *.txt *.yaml *.yml *.xml);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Load calibration</source>
        <translation>Kalibrierung laden</translation>
    </message>
    <message>
        <source>no file has the name of {name}</source>
        <translation>keine Datei trägt den Namen von {name}</translation>
    </message>
    <message>
        <source>{problems}; select the X-ray and load its file alone.</source>
        <translation>{problems}; das Röntgenbild auswählen und seine Datei allein laden.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.geometrySketch</name>
    <message>
        <source>Select an X-ray.</source>
        <translation>Ein Röntgenbild auswählen.</translation>
    </message>
    <message>
        <source>detector</source>
        <translation>Detektor</translation>
    </message>
    <message>
        <source>source</source>
        <translation>Quelle</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.geometryWords</name>
    <message>
        <source>source-to-detector distance</source>
        <translation>Fokus-Detektor-Abstand</translation>
    </message>
    <message>
        <source>pixel spacing</source>
        <translation>Pixelabstand</translation>
    </message>
    <message>
        <source>incomplete: {values} missing</source>
        <translation>unvollständig: {values} fehlt</translation>
    </message>
    <message>
        <source> and </source>
        <translation> und </translation>
    </message>
    <message>
        <source>, in a rig</source>
        <translation>, in einer Anordnung</translation>
    </message>
    <message>
        <source>file</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>typed in</source>
        <translation>eingetippt</translation>
    </message>
    <message>
        <source>derived</source>
        <translation>abgeleitet</translation>
    </message>
    <message>
        <source>assumed</source>
        <translation>angenommen</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.heatMapSection</name>
    <message>
        <source>Click a point in the CT; drag it to see the heat map follow.</source>
        <translation>Einen Punkt im CT anklicken; ihn ziehen, und die Heatmap folgt.</translation>
    </message>
    <message>
        <source>Choose the CT first.</source>
        <translation>Zuerst das CT wählen.</translation>
    </message>
    <message>
        <source>Place a point in the CT.</source>
        <translation>Einen Punkt im CT setzen.</translation>
    </message>
    <message>
        <source>The heat map needs a registration in this session that looked for landmarks.</source>
        <translation>Die Heatmap braucht eine Registrierung in dieser Sitzung, die nach Landmarken gesucht hat.</translation>
    </message>
    <message>
        <source>Seen at ({0:.0f}, {1:.0f}) px, probability {2:.0%}</source>
        <translation>Gesehen bei ({0:.0f}, {1:.0f}) px, Wahrscheinlichkeit {2:.0%}</translation>
    </message>
    <message>
        <source>; by the pose at ({0:.0f}, {1:.0f}) px, {2:.1f} px away</source>
        <translation>; nach der Pose bei ({0:.0f}, {1:.0f}) px, {2:.1f} px entfernt</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.helpText</name>
    <message>
        <source>Finds the pose of the bone of a CT in one or more X-rays, and says how far the result can be trusted. Everything is computed on this computer; nothing is uploaded. For research use, not for clinical use.</source>
        <translation>Findet die Pose des Knochens eines CT in einem oder mehreren Röntgenbildern und sagt, wie weit das Ergebnis verlässlich ist. Alles wird auf diesem Rechner berechnet, nichts wird hochgeladen. Für die Forschung, nicht für den klinischen Gebrauch.</translation>
    </message>
    <message>
        <source>&lt;b&gt;A drawn pelvis:&lt;/b&gt; module Sample Data, category 2D/3D registration, RayEmbPelvis. CT and X-ray are put in their places; press Register. Nothing is downloaded.</source>
        <translation>&lt;b&gt;Ein gezeichnetes Becken:&lt;/b&gt; Modul Sample Data, Kategorie 2D/3D-Registrierung, RayEmbPelvis. CT und Röntgenbild werden eingeordnet; Registrieren drücken. Nichts wird heruntergeladen.</translation>
    </message>
    <message>
        <source>&lt;b&gt;A real wrist in a biplane rig:&lt;/b&gt; module Sample Data, AutoscoperWrist. Its origin and licence are shown before it is downloaded. Load one frame of each camera and the bone, and Load calibration... with both files; click the two ends of the bone in each view (Start from: Ends of the bone), press Register.</source>
        <translation>&lt;b&gt;Ein echtes Handgelenk in einer biplanaren Anordnung:&lt;/b&gt; Modul Sample Data, AutoscoperWrist. Herkunft und Lizenz werden vor dem Herunterladen gezeigt. Ein Einzelbild jeder Kamera und den Knochen laden, und mit Kalibrierung... beide Dateien; die beiden Enden des Knochens in jeder Ansicht anklicken (Beginnen mit: Enden des Knochens), Registrieren drücken.</translation>
    </message>
    <message>
        <source>&lt;b&gt;Your own DICOM:&lt;/b&gt; load CT and X-rays from the DICOM browser. Geometry and C-arm angles are read from the tags; what is missing is asked for under X-rays. Press Register, read the verdict, then Export...</source>
        <translation>&lt;b&gt;Eigenes DICOM:&lt;/b&gt; CT und Röntgenbilder aus dem DICOM-Browser laden. Geometrie und C-Bogen-Winkel werden aus den Attributen gelesen; was fehlt, wird unter Röntgenbilder erfragt. Registrieren drücken, die Bewertung lesen, dann Exportieren...</translation>
    </message>
    <message>
        <source>Tutorial:</source>
        <translation>Anleitung:</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.history</name>
    <message>
        <source>as it was</source>
        <translation>wie es war</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.jobs</name>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Something unexpected went wrong ({error}); the error log has the details.</source>
        <translation>Etwas Unerwartetes ging schief ({error}); Näheres steht im Fehlerprotokoll.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.keys</name>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>While the bone is moved over the X-ray:</source>
        <translation>Während der Knochen über dem Röntgenbild bewegt wird:</translation>
    </message>
    <message>
        <source>this list</source>
        <translation>diese Liste</translation>
    </message>
    <message>
        <source>register, or cancel what runs</source>
        <translation>registrieren, oder das Laufende abbrechen</translation>
    </message>
    <message>
        <source>refine the pose as it stands: it snaps to the bone</source>
        <translation>die Pose, wie sie steht, verfeinern: sie rastet am Knochen ein</translation>
    </message>
    <message>
        <source>say what the pose is worth as it stands</source>
        <translation>sagen, was die Pose, wie sie steht, wert ist</translation>
    </message>
    <message>
        <source>move the bone over the X-ray with mouse and keys, and leave it again</source>
        <translation>den Knochen mit Maus und Tasten über dem Röntgenbild bewegen, und damit aufhören</translation>
    </message>
    <message>
        <source>the next kind of overlay</source>
        <translation>die nächste Art der Überlagerung</translation>
    </message>
    <message>
        <source>the DRR in a view of its own, and back</source>
        <translation>das DRR in eigener Ansicht, und zurück</translation>
    </message>
    <message>
        <source>look through the source, and back</source>
        <translation>durch die Quelle blicken, und zurück</translation>
    </message>
    <message>
        <source>show the X-ray with more contrast, and back</source>
        <translation>das Röntgenbild mit mehr Kontrast zeigen, und zurück</translation>
    </message>
    <message>
        <source>show it inverted, and back</source>
        <translation>es umgekehrt zeigen, und zurück</translation>
    </message>
    <message>
        <source>show its edges, and back</source>
        <translation>seine Kanten zeigen, und zurück</translation>
    </message>
    <message>
        <source>show it smoothed, and back</source>
        <translation>es geglättet zeigen, und zurück</translation>
    </message>
    <message>
        <source>show it as it is</source>
        <translation>es zeigen, wie es ist</translation>
    </message>
    <message>
        <source>the next X-ray</source>
        <translation>das nächste Röntgenbild</translation>
    </message>
    <message>
        <source>the X-ray before</source>
        <translation>das vorige Röntgenbild</translation>
    </message>
    <message>
        <source>undo what was moved or typed</source>
        <translation>Bewegtes oder Eingetipptes rückgängig machen</translation>
    </message>
    <message>
        <source>do it again</source>
        <translation>es wiederholen</translation>
    </message>
    <message>
        <source>drag</source>
        <translation>ziehen</translation>
    </message>
    <message>
        <source>shift the bone across the beam</source>
        <translation>den Knochen quer zum Strahl verschieben</translation>
    </message>
    <message>
        <source>Shift and drag</source>
        <translation>Umschalt und ziehen</translation>
    </message>
    <message>
        <source>turn it about the image&apos;s axes</source>
        <translation>ihn um die Achsen des Bilds drehen</translation>
    </message>
    <message>
        <source>Ctrl and drag</source>
        <translation>Strg und ziehen</translation>
    </message>
    <message>
        <source>turn it in the plane</source>
        <translation>ihn in der Ebene drehen</translation>
    </message>
    <message>
        <source>wheel, + and -</source>
        <translation>Mausrad, + und -</translation>
    </message>
    <message>
        <source>move it along the beam</source>
        <translation>ihn entlang des Strahls bewegen</translation>
    </message>
    <message>
        <source>arrow keys</source>
        <translation>Pfeiltasten</translation>
    </message>
    <message>
        <source>shift by a millimetre; with Shift turn by a degree</source>
        <translation>um einen Millimeter verschieben; mit Umschalt um ein Grad drehen</translation>
    </message>
    <message>
        <source>page keys</source>
        <translation>Bild auf, Bild ab</translation>
    </message>
    <message>
        <source>turn in the plane by a degree</source>
        <translation>um ein Grad in der Ebene drehen</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.landmarksSection</name>
    <message>
        <source>Pairs: {counts}, by their order.</source>
        <translation>Paare: {counts}, nach ihrer Reihenfolge.</translation>
    </message>
    <message>
        <source>Pairs: {counts}, by their names.</source>
        <translation>Paare: {counts}, nach ihren Namen.</translation>
    </message>
    <message>
        <source> Without partner: {names}.</source>
        <translation> Ohne Partner: {names}.</translation>
    </message>
    <message>
        <source>Both ends are clicked: press Register.</source>
        <translation>Beide Enden sind angeklickt: Registrieren drücken.</translation>
    </message>
    <message>
        <source>Landmarks in CT</source>
        <translation>Landmarken im CT</translation>
    </message>
    <message>
        <source>Landmarks in X-ray</source>
        <translation>Landmarken im Röntgenbild</translation>
    </message>
    <message>
        <source>Picked</source>
        <translation>Gewählt</translation>
    </message>
    <message>
        <source>Clicks in X-rays</source>
        <translation>Klicks in Röntgenbildern</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.liveFits</name>
    <message>
        <source>similarity {value:.2f}</source>
        <translation>Ähnlichkeit {value:.2f}</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.logic</name>
    <message>
        <source>there is no pose to refine; register first, or give a start pose</source>
        <translation>es gibt keine Pose zu verfeinern; zuerst registrieren oder eine Startpose angeben</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.logicInputs</name>
    <message>
        <source>Wait until the packages are installed.</source>
        <translation>Warten, bis die Pakete installiert sind.</translation>
    </message>
    <message>
        <source>{name} was not loaded from DICOM; type the values in or load a calibration file</source>
        <translation>{name} wurde nicht aus DICOM geladen; die Werte eintippen oder eine Kalibrierdatei laden</translation>
    </message>
    <message>
        <source>the DICOM file of {name} is not in the DICOM database any more</source>
        <translation>die DICOM-Datei von {name} ist nicht mehr in der DICOM-Datenbank</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.logicReconstruct</name>
    <message>
        <source>there is no segment {name} in the segmentation of the bones; choose among {names}</source>
        <translation>es gibt kein Segment {name} in der Segmentierung der Knochen; unter {names} wählen</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.logicTracking</name>
    <message>
        <source>say what {name} is made of, such as CoCr or titanium</source>
        <translation>angeben, woraus {name} besteht, etwa CoCr oder Titan</translation>
    </message>
    <message>
        <source>making the bodies</source>
        <translation>die Körper werden gemacht</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.logicVirtual</name>
    <message>
        <source>there is no view &apos;{view}&apos;; choose one of {names}</source>
        <translation>es gibt keine Ansicht &apos;{view}&apos;; eine von {names} wählen</translation>
    </message>
    <message>
        <source>simulated</source>
        <translation>simuliert</translation>
    </message>
    <message>
        <source>Virtual X-ray {primary:.0f}/{secondary:.0f}</source>
        <translation>Virtuelles Röntgenbild {primary:.0f}/{secondary:.0f}</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.outcomes</name>
    <message>
        <source>as the registration found the X-ray</source>
        <translation>wie die Registrierung das Röntgenbild vorfand</translation>
    </message>
    <message>
        <source>similarity</source>
        <translation>Ähnlichkeit</translation>
    </message>
    <message>
        <source>expected error of rotation</source>
        <translation>zu erwartender Fehler der Rotation</translation>
    </message>
    <message>
        <source>expected error in the plane</source>
        <translation>zu erwartender Fehler in der Ebene</translation>
    </message>
    <message>
        <source>expected error in depth</source>
        <translation>zu erwartender Fehler in der Tiefe</translation>
    </message>
    <message>
        <source>time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>computed on</source>
        <translation>gerechnet auf</translation>
    </message>
    <message>
        <source>best pose elsewhere, relative</source>
        <translation>beste Pose anderswo, relativ</translation>
    </message>
    <message>
        <source>landmarks that agree, X-ray {n}</source>
        <translation>passende Landmarken, Röntgenbild {n}</translation>
    </message>
    <message>
        <source>and {count} other things</source>
        <translation>und {count} weitere Dinge</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.panelLog</name>
    <message>
        <source>The log was copied; names of patients, nodes and folders were taken out of it.</source>
        <translation>Das Protokoll wurde kopiert; Namen von Patienten, Knoten und Ordnern wurden entfernt.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.plausibility</name>
    <message>
        <source>Field {width:.0f} x {height:.0f} mm</source>
        <translation>Bildfeld {width:.0f} x {height:.0f} mm</translation>
    </message>
    <message>
        <source>{width:.0f} x {height:.0f} mm at the bone, magnified {times:.2f} times</source>
        <translation>{width:.0f} x {height:.0f} mm am Knochen, {times:.2f}-fach vergrößert</translation>
    </message>
    <message>
        <source>about {width:.0f} x {height:.0f} mm at the bone, magnified {times:.1f} times</source>
        <translation>etwa {width:.0f} x {height:.0f} mm am Knochen, {times:.1f}-fach vergrößert</translation>
    </message>
    <message>
        <source>; C-arm {primary:.0f}° / {secondary:.0f}°</source>
        <translation>; C-Bogen {primary:.0f}° / {secondary:.0f}°</translation>
    </message>
    <message>
        <source>the beam of this pose is {apart:.0f}° off that of the C-arm&apos;s angles; check the patient&apos;s position</source>
        <translation>der Strahl dieser Pose weicht um {apart:.0f}° von dem der C-Bogen-Winkel ab; die Lagerung des Patienten prüfen</translation>
    </message>
    <message>
        <source>; C-arm {primary:.0f}° / {secondary:.0f}° ({origin})</source>
        <translation>; C-Bogen {primary:.0f}° / {secondary:.0f}° ({origin})</translation>
    </message>
    <message>
        <source>the beam of the C-arm&apos;s angles is {apart:.0f}° off that of the view {view}; choose the view anew</source>
        <translation>der Strahl der C-Bogen-Winkel weicht um {apart:.0f}° von dem der Ansicht {view} ab; die Ansicht neu wählen</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.poseSection</name>
    <message>
        <source>No pose yet.</source>
        <translation>Noch keine Pose.</translation>
    </message>
    <message>
        <source>, bone {depth:.0f} mm from the source</source>
        <translation>, Knochen {depth:.0f} mm von der Quelle</translation>
    </message>
    <message>
        <source>C-arm {primary:.1f}° / {secondary:.1f}°, turned {turn:.1f}°{depth}.</source>
        <translation>C-Bogen {primary:.1f}° / {secondary:.1f}°, gedreht {turn:.1f}°{depth}.</translation>
    </message>
    <message>
        <source>moved by hand</source>
        <translation>von Hand bewegt</translation>
    </message>
    <message>
        <source>Press Show views first: the X-ray is in no view.</source>
        <translation>Zuerst Ansichten zeigen drücken: das Röntgenbild ist in keiner Ansicht.</translation>
    </message>
    <message>
        <source>rough pose</source>
        <translation>grobe Pose</translation>
    </message>
    <message>
        <source>Pose or result files (*.json);;All files (*)</source>
        <translation>Posen- oder Ergebnisdateien (*.json);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Load pose</source>
        <translation>Pose laden</translation>
    </message>
    <message>
        <source>loaded pose</source>
        <translation>geladene Pose</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.purposes</name>
    <message>
        <source>Trusted</source>
        <translation>Verlässlich</translation>
    </message>
    <message>
        <source>Not trusted</source>
        <translation>Nicht verlässlich</translation>
    </message>
    <message>
        <source>{mm} mm (95 %: {bound} mm)</source>
        <translation>{mm} mm (95 %: {bound} mm)</translation>
    </message>
    <message>
        <source>{mm} mm</source>
        <translation>{mm} mm</translation>
    </message>
    <message>
        <source>trusted</source>
        <translation>verlässlich</translation>
    </message>
    <message>
        <source>not trusted</source>
        <translation>nicht verlässlich</translation>
    </message>
    <message>
        <source>not assessed</source>
        <translation>nicht bewertet</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>why</source>
        <translation>warum</translation>
    </message>
    <message>
        <source>trusted for</source>
        <translation>verlässlich für</translation>
    </message>
    <message>
        <source>{name}: trusted</source>
        <translation>{name}: verlässlich</translation>
    </message>
    <message>
        <source>{name}: why</source>
        <translation>{name}: warum</translation>
    </message>
    <message>
        <source>{name}: expected error</source>
        <translation>{name}: zu erwartender Fehler</translation>
    </message>
    <message>
        <source>{name}: in 95 of 100 cases under</source>
        <translation>{name}: in 95 von 100 Fällen unter</translation>
    </message>
    <message>
        <source>{name}: error allowed</source>
        <translation>{name}: erlaubter Fehler</translation>
    </message>
    <message>
        <source>overlay</source>
        <translation>Überlagerung</translation>
    </message>
    <message>
        <source>position</source>
        <translation>Position</translation>
    </message>
    <message>
        <source>below 0.1</source>
        <translation>unter 0,1</translation>
    </message>
    <message>
        <source>Overlay:</source>
        <translation>Überlagerung:</translation>
    </message>
    <message>
        <source>Position:</source>
        <translation>Position:</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.reconstructImplant</name>
    <message>
        <source>{name} holds no surface; choose a model that does</source>
        <translation>{name} enthält keine Oberfläche; ein Modell wählen, das eine enthält</translation>
    </message>
    <message>
        <source>{name} was drawn by this module; choose the model of an implant or a bone.</source>
        <translation>{name} ist von diesem Modul gezeichnet; das Modell eines Implantats oder Knochens wählen.</translation>
    </message>
    <message>
        <source>A known implant takes {least} X-rays and more, from different sides: one does not say how far off it is.</source>
        <translation>Ein bekanntes Implantat braucht {least} Röntgenbilder und mehr, von verschiedenen Seiten: eines sagt nicht, wie weit entfernt es ist.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.reconstructSection</name>
    <message>
        <source>Register first: the CT is adjusted from the pose that was found.</source>
        <translation>Zuerst registrieren: das CT wird von der gefundenen Pose aus angepasst.</translation>
    </message>
    <message>
        <source>Several X-rays adjust one CT only if their places are known against each other: load a calibration of the rig for each, or leave one X-ray in the table.</source>
        <translation>Mehrere Röntgenbilder passen ein CT nur an, wenn ihre Lage zueinander bekannt ist: für jedes eine Kalibrierung der Anordnung laden, oder nur ein Röntgenbild in der Tabelle lassen.</translation>
    </message>
    <message>
        <source>Tick what may change.</source>
        <translation>Anhaken, was sich ändern darf.</translation>
    </message>
    <message>
        <source>Bones and fragments are told apart by a segmentation, a segment each: choose it in the section CT, or allow a change of shape alone.</source>
        <translation>Knochen und Fragmente unterscheidet eine Segmentierung, je ein Segment: sie im Abschnitt CT wählen, oder nur eine Formänderung erlauben.</translation>
    </message>
    <message>
        <source>Tick which segments turn in their joints, such as the femurs.</source>
        <translation>Anhaken, welche Segmente sich in ihren Gelenken drehen, etwa die Femora.</translation>
    </message>
    <message>
        <source>Tick which segments are fragments.</source>
        <translation>Anhaken, welche Segmente Fragmente sind.</translation>
    </message>
    <message>
        <source>{name} is ticked twice: it turns in its joint, or it is a fragment.</source>
        <translation>{name} ist zweimal angehakt: es dreht sich im Gelenk, oder es ist ein Fragment.</translation>
    </message>
    <message>
        <source>Leave one segment unticked: fragments move against the bone that they broke off.</source>
        <translation>Ein Segment nicht anhaken: Fragmente bewegen sich gegen den Knochen, von dem sie abgebrochen sind.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Adjust CT to X-rays</source>
        <translation>CT an Röntgenbilder anpassen</translation>
    </message>
    <message>
        <source>Stop; nothing is changed.</source>
        <translation>Anhalten; nichts wird geändert.</translation>
    </message>
    <message>
        <source>Make an adjusted copy of the CT; the CT itself is not touched.</source>
        <translation>Eine angepasste Kopie des CT machen; das CT selbst bleibt unberührt.</translation>
    </message>
    <message>
        <source>The adjusted CT is of a pose, an X-ray or a CT that is not shown any more; adjust it again.</source>
        <translation>Das angepasste CT gehört zu einer Pose, einem Röntgenbild oder einem CT, das nicht mehr gezeigt wird; es neu anpassen.</translation>
    </message>
    <message>
        <source>Cancelling...</source>
        <translation>Wird abgebrochen...</translation>
    </message>
    <message>
        <source>Wait until what runs is done.</source>
        <translation>Warten, bis das Laufende fertig ist.</translation>
    </message>
    <message>
        <source>The registration was deleted meanwhile; the adjusted CT is not shown.</source>
        <translation>Die Registrierung wurde inzwischen gelöscht; das angepasste CT wird nicht gezeigt.</translation>
    </message>
    <message>
        <source>Showing the adjusted CT...</source>
        <translation>Das angepasste CT wird gezeigt...</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.registerSection</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Register</source>
        <translation>Registrieren</translation>
    </message>
    <message>
        <source>Stop; the poses stay as they were.</source>
        <translation>Anhalten; die Posen bleiben, wie sie waren.</translation>
    </message>
    <message>
        <source>Find the pose of the bone in all X-rays of the table.</source>
        <translation>Die Pose des Knochens in allen Röntgenbildern der Tabelle finden.</translation>
    </message>
    <message>
        <source>Improve the present pose without looking elsewhere.</source>
        <translation>Die jetzige Pose verbessern, ohne anderswo zu suchen.</translation>
    </message>
    <message>
        <source>There is no pose to refine yet.</source>
        <translation>Es gibt noch keine Pose zu verfeinern.</translation>
    </message>
    <message>
        <source>The scene is being closed.</source>
        <translation>Die Szene wird gerade geschlossen.</translation>
    </message>
    <message>
        <source>Cancelling...</source>
        <translation>Wird abgebrochen...</translation>
    </message>
    <message>
        <source>Where it is computed is known once the packages are installed.</source>
        <translation>Worauf gerechnet wird, steht fest, sobald die Pakete installiert sind.</translation>
    </message>
    <message>
        <source>Computed on: {device}.</source>
        <translation>Gerechnet auf: {device}.</translation>
    </message>
    <message>
        <source>Showing the result...</source>
        <translation>Das Ergebnis wird gezeigt...</translation>
    </message>
    <message>
        <source>The CT, an X-ray or the registration was deleted meanwhile; the result is not shown.</source>
        <translation>Das CT, ein Röntgenbild oder die Registrierung wurde inzwischen gelöscht; das Ergebnis wird nicht gezeigt.</translation>
    </message>
    <message>
        <source>Registered in {seconds:.1f} s.</source>
        <translation>In {seconds:.1f} s registriert.</translation>
    </message>
    <message>
        <source>Registered in {seconds:.1f} s, not to be trusted.</source>
        <translation>In {seconds:.1f} s registriert, nicht verlässlich.</translation>
    </message>
    <message>
        <source>Pose: {label}</source>
        <translation>Pose: {label}</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.resultSection</name>
    <message>
        <source>No result yet.</source>
        <translation>Noch kein Ergebnis.</translation>
    </message>
    <message>
        <source>Write transforms, results, tables, pictures, DICOM registration and a report.</source>
        <translation>Transformationen, Ergebnisse, Tabellen, Bilder, DICOM-Registrierung und einen Bericht schreiben.</translation>
    </message>
    <message>
        <source>Register first.</source>
        <translation>Zuerst registrieren.</translation>
    </message>
    <message>
        <source>Export into folder</source>
        <translation>In einen Ordner exportieren</translation>
    </message>
    <message>
        <source>Writing...</source>
        <translation>Wird geschrieben...</translation>
    </message>
    <message>
        <source>{count} files were written to {folder}.</source>
        <translation>{count} Dateien wurden nach {folder} geschrieben.</translation>
    </message>
    <message>
        <source>Nothing was exported: {error}</source>
        <translation>Nichts wurde exportiert: {error}</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.runsSection</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>Überlagerung</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>Position</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Kommentar</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>History ({count})</source>
        <translation>Verlauf ({count})</translation>
    </message>
    <message>
        <source>Double-click to comment.</source>
        <translation>Doppelklick zum Kommentieren.</translation>
    </message>
    <message>
        <source>Show the poses and geometry of the selected registration again; it can be undone.</source>
        <translation>Posen und Geometrie der ausgewählten Registrierung wieder zeigen; es lässt sich rückgängig machen.</translation>
    </message>
    <message>
        <source>Select one registration.</source>
        <translation>Eine Registrierung auswählen.</translation>
    </message>
    <message>
        <source>Show the overlay of the one, then of the other.</source>
        <translation>Die Überlagerung der einen zeigen, dann die der anderen.</translation>
    </message>
    <message>
        <source>Select two registrations.</source>
        <translation>Zwei Registrierungen auswählen.</translation>
    </message>
    <message>
        <source>Select one to compare it with what is shown, or two to compare them.</source>
        <translation>Eine auswählen, um sie mit dem Gezeigten zu vergleichen, oder zwei, um sie zu vergleichen.</translation>
    </message>
    <message>
        <source>{name}: {across:.1f} mm across, {along:.1f} mm along the beam, {degrees:.1f}°</source>
        <translation>{name}: {across:.1f} mm quer, {along:.1f} mm entlang des Strahls, {degrees:.1f}°</translation>
    </message>
    <message>
        <source>They have no X-ray in common.</source>
        <translation>Sie haben kein gemeinsames Röntgenbild.</translation>
    </message>
    <message>
        <source>Between the two</source>
        <translation>Zwischen den beiden</translation>
    </message>
    <message>
        <source>From what is shown</source>
        <translation>Vom Gezeigten</translation>
    </message>
    <message>
        <source>registration of {time}</source>
        <translation>Registrierung von {time}</translation>
    </message>
    <message>
        <source>Shown: the registration of {time}.</source>
        <translation>Gezeigt: die Registrierung von {time}.</translation>
    </message>
    <message>
        <source>start pose</source>
        <translation>Startpose</translation>
    </message>
    <message>
        <source>given pose</source>
        <translation>gegebene Pose</translation>
    </message>
    <message>
        <source>landmark pairs</source>
        <translation>Landmarkenpaare</translation>
    </message>
    <message>
        <source>bone&apos;s ends</source>
        <translation>Enden des Knochens</translation>
    </message>
    <message>
        <source>search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>single views</source>
        <translation>einzelne Ansichten</translation>
    </message>
    <message>
        <source>default view</source>
        <translation>übliche Ansicht</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.sampleData</name>
    <message>
        <source>2D/3D registration</source>
        <translation>2D/3D-Registrierung</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.selfTest</name>
    <message>
        <source>{reason} The registration itself was not tested.</source>
        <translation>{reason} Die Registrierung selbst wurde nicht getestet.</translation>
    </message>
    <message>
        <source>The sample was registered.</source>
        <translation>Das Beispiel wurde registriert.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.solveSection</name>
    <message>
        <source>Wait until what runs is done.</source>
        <translation>Warten, bis das Laufende fertig ist.</translation>
    </message>
    <message>
        <source>corrected landmarks</source>
        <translation>korrigierte Landmarken</translation>
    </message>
    <message>
        <source>Solved again in {seconds:.1f} s.</source>
        <translation>In {seconds:.1f} s neu gelöst.</translation>
    </message>
    <message>
        <source>Solved again in {seconds:.1f} s, not to be trusted.</source>
        <translation>In {seconds:.1f} s neu gelöst, nicht verlässlich.</translation>
    </message>
    <message>
        <source>The CT, the X-ray or the registration was deleted meanwhile; the result is not shown.</source>
        <translation>Das CT, das Röntgenbild oder die Registrierung wurde inzwischen gelöscht; das Ergebnis wird nicht gezeigt.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.startSection</name>
    <message>
        <source>Set the C-arm angles of each X-ray: select it, then move the sliders.</source>
        <translation>Die Winkel des C-Bogens für jedes Röntgenbild einstellen: es auswählen, dann die Regler bewegen.</translation>
    </message>
    <message>
        <source>Place at least {least} landmark pairs in each X-ray; there are {counts}.</source>
        <translation>Mindestens {least} Landmarkenpaare in jedem Röntgenbild setzen; es gibt {counts}.</translation>
    </message>
    <message>
        <source>Click both ends of the bone in each X-ray, nothing else; there are {counts} points.</source>
        <translation>Beide Enden des Knochens in jedem Röntgenbild anklicken, sonst nichts; es gibt {counts} Punkte.</translation>
    </message>
    <message>
        <source>There is no pose yet: press Rough pose, load one, or register from another start first.</source>
        <translation>Noch keine Pose: zuerst Grobe Pose drücken, eine laden oder von einem anderen Start aus registrieren.</translation>
    </message>
    <message>
        <source>Nothing else is needed but, roughly, how the beam ran through the patient: the View in an X-ray&apos;s row.</source>
        <translation>Sonst ist nichts nötig als ungefähr, wie der Strahl durch den Patienten lief: die Ansicht in der Zeile des Röntgenbilds.</translation>
    </message>
    <message>
        <source>The angles that the C-arm showed, for the selected X-ray.</source>
        <translation>Die Winkel, die der C-Bogen anzeigte, für das ausgewählte Röntgenbild.</translation>
    </message>
    <message>
        <source>Place the same points in CT and X-ray view, in the same order or with the same names.</source>
        <translation>Dieselben Punkte im CT und in der Röntgenansicht setzen, in derselben Reihenfolge oder mit denselben Namen.</translation>
    </message>
    <message>
        <source>For a slim bone: click its two ends in each X-ray view, in either order. Both ways round are tried.</source>
        <translation>Für einen schlanken Knochen: seine beiden Enden in jeder Röntgenansicht anklicken, in beliebiger Reihenfolge. Beide Richtungen werden versucht.</translation>
    </message>
    <message>
        <source>The registration starts from the pose as it is. Move it until the DRR lies roughly on the bone.</source>
        <translation>Die Registrierung geht von der Pose aus, wie sie ist. Sie bewegen, bis das DRR ungefähr auf dem Knochen liegt.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.targetSection</name>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Error (95 %)</source>
        <translation>Fehler (95 %)</translation>
    </message>
    <message>
        <source>Place points, a line, a curve or a plane in the CT, or load a model or segmentation: it is listed here.</source>
        <translation>Punkte, eine Linie, eine Kurve oder eine Ebene im CT setzen, oder ein Modell oder eine Segmentierung laden: es erscheint hier.</translation>
    </message>
    <message>
        <source>Register first: a target is drawn on every X-ray that has a pose.</source>
        <translation>Zuerst registrieren: ein Ziel wird in jedes Röntgenbild gezeichnet, das eine Pose hat.</translation>
    </message>
    <message>
        <source>Tick what is to be drawn on the X-rays.</source>
        <translation>Anhaken, was in die Röntgenbilder gezeichnet werden soll.</translation>
    </message>
    <message>
        <source>The pose is not trusted: what is drawn may be in the wrong place altogether. The band is of right poses.</source>
        <translation>Die Pose ist nicht verlässlich: das Gezeichnete kann an ganz falscher Stelle liegen. Das Band gilt für richtige Posen.</translation>
    </message>
    <message>
        <source>The pose, as it stands, was not assessed: press Assess.</source>
        <translation>Die Pose, wie sie steht, wurde nicht bewertet: Bewerten drücken.</translation>
    </message>
    <message>
        <source>bone {label}</source>
        <translation>Knochen {label}</translation>
    </message>
    <message>
        <source>none that moved</source>
        <translation>keiner, der sich bewegte</translation>
    </message>
    <message>
        <source>the bone it lies in ({bone})</source>
        <translation>der Knochen, in dem es liegt ({bone})</translation>
    </message>
    <message>
        <source>the CT as a whole</source>
        <translation>das CT als Ganzes</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.targetWords</name>
    <message>
        <source>{across:.1f} mm; {along:.1f} mm in depth</source>
        <translation>{across:.1f} mm; {along:.1f} mm in der Tiefe</translation>
    </message>
    <message>
        <source>{number}: R {r:.1f}, A {a:.1f}, S {s:.1f} mm; {error:.1f} mm to expect.</source>
        <translation>{number}: R {r:.1f}, A {a:.1f}, S {s:.1f} mm; {error:.1f} mm zu erwarten.</translation>
    </message>
    <message>
        <source>The clicks {number} do not meet: they miss each other by {mm:.1f} mm on the detector.</source>
        <translation>Die Klicks {number} treffen sich nicht: sie verfehlen einander auf dem Detektor um {mm:.1f} mm.</translation>
    </message>
    <message>
        <source>How far the poses may be off is not known, and not in these errors.</source>
        <translation>Wie weit die Posen abweichen können, ist nicht bekannt und in diesen Fehlern nicht enthalten.</translation>
    </message>
    <message>
        <source>Click two places on the tool in each of two X-rays; they need not be the same places.</source>
        <translation>Zwei Stellen auf dem Werkzeug in jedem von zwei Röntgenbildern anklicken; es müssen nicht dieselben Stellen sein.</translation>
    </message>
    <message>
        <source>Click the same point in another X-ray: it lies on the pink line.</source>
        <translation>Denselben Punkt in einem anderen Röntgenbild anklicken: er liegt auf der rosa Linie.</translation>
    </message>
    <message>
        <source>Tool: {start:.1f} mm to expect at the first click, {end:.1f} mm at the second.</source>
        <translation>Werkzeug: {start:.1f} mm zu erwarten beim ersten Klick, {end:.1f} mm beim zweiten.</translation>
    </message>
    <message>
        <source>From {name}: {angle:.1f}° (± {angleOff:.1f}°), {start:.1f} mm (± {startOff:.1f} mm) at the first click, {end:.1f} mm (± {endOff:.1f} mm) at the second.</source>
        <translation>Von {name}: {angle:.1f}° (± {angleOff:.1f}°), {start:.1f} mm (± {startOff:.1f} mm) beim ersten Klick, {end:.1f} mm (± {endOff:.1f} mm) beim zweiten.</translation>
    </message>
    <message>
        <source>points</source>
        <translation>Punkte</translation>
    </message>
    <message>
        <source>line</source>
        <translation>Linie</translation>
    </message>
    <message>
        <source>curve</source>
        <translation>Kurve</translation>
    </message>
    <message>
        <source>closed curve</source>
        <translation>geschlossene Kurve</translation>
    </message>
    <message>
        <source>angle</source>
        <translation>Winkel</translation>
    </message>
    <message>
        <source>plane</source>
        <translation>Ebene</translation>
    </message>
    <message>
        <source>model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>segment</source>
        <translation>Segment</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackByHand</name>
    <message>
        <source>moved by hand, not assessed</source>
        <translation>von Hand bewegt, nicht bewertet</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackInputs</name>
    <message>
        <source>choose what is to be followed: the bones of the CT, or a model</source>
        <translation>wählen, was verfolgt werden soll: die Knochen des CT, oder ein Modell</translation>
    </message>
    <message>
        <source>two bodies are called {name}; rename one of them</source>
        <translation>zwei Körper heißen {name}; einen davon umbenennen</translation>
    </message>
    <message>
        <source>{name} holds no surface; choose a model that does</source>
        <translation>{name} enthält keine Oberfläche; ein Modell wählen, das eine enthält</translation>
    </message>
    <message>
        <source>Add an X-ray of several frames, or a sequence of X-rays, to the table.</source>
        <translation>Ein Röntgenbild mit mehreren Einzelbildern oder eine Sequenz von Röntgenbildern in die Tabelle aufnehmen.</translation>
    </message>
    <message>
        <source>{name} is a still; take it out of the table to follow the others.</source>
        <translation>{name} ist eine Einzelaufnahme; es aus der Tabelle nehmen, um die anderen zu verfolgen.</translation>
    </message>
    <message>
        <source>No frame was taken with one of the others: show two that were, and press *Taken together*.</source>
        <translation>Kein Bild wurde mit einem der anderen aufgenommen: zwei zeigen, die zusammengehören, und *Gehören zusammen* drücken.</translation>
    </message>
    <message>
        <source>Load a calibration that places {name} in the rig: several X-rays are followed together.</source>
        <translation>Eine Kalibrierung laden, die {name} in der Anordnung verortet: mehrere Röntgenbilder werden gemeinsam verfolgt.</translation>
    </message>
    <message>
        <source>Not all X-rays have a frame that was taken with this one; go to frames {first} to {last}.</source>
        <translation>Nicht zu allen Röntgenbildern gibt es ein Bild, das mit diesem aufgenommen wurde; zu den Bildern {first} bis {last} gehen.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackJoint</name>
    <message>
        <source>flexion</source>
        <translation>Flexion</translation>
    </message>
    <message>
        <source>adduction</source>
        <translation>Adduktion</translation>
    </message>
    <message>
        <source>external rotation</source>
        <translation>Außenrotation</translation>
    </message>
    <message>
        <source>internal rotation</source>
        <translation>Innenrotation</translation>
    </message>
    <message>
        <source>dorsiflexion</source>
        <translation>Dorsalextension</translation>
    </message>
    <message>
        <source>inversion</source>
        <translation>Inversion</translation>
    </message>
    <message>
        <source>carrying angle</source>
        <translation>Armaußenwinkel</translation>
    </message>
    <message>
        <source>pronation</source>
        <translation>Pronation</translation>
    </message>
    <message>
        <source>ulnar deviation</source>
        <translation>Ulnarabduktion</translation>
    </message>
    <message>
        <source>plane of elevation</source>
        <translation>Elevationsebene</translation>
    </message>
    <message>
        <source>elevation</source>
        <translation>Elevation</translation>
    </message>
    <message>
        <source>place three points on {name}: its origin, up its long axis, and towards the right</source>
        <translation>drei Punkte auf {name} setzen: seinen Ursprung, aufwärts entlang seiner Längsachse, und nach rechts</translation>
    </message>
    <message>
        <source>about x</source>
        <translation>um x</translation>
    </message>
    <message>
        <source>about y</source>
        <translation>um y</translation>
    </message>
    <message>
        <source>about z</source>
        <translation>um z</translation>
    </message>
    <message>
        <source>{lower} against {upper}, degrees: {first} (blue), {second} (orange), {third} (green)</source>
        <translation>{lower} gegen {upper}, Grad: {first} (blau), {second} (orange), {third} (grün)</translation>
    </message>
    <message>
        <source>frame shown</source>
        <translation>gezeigtes Einzelbild</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackModels</name>
    <message>
        <source>Cobalt-chromium</source>
        <translation>Kobalt-Chrom</translation>
    </message>
    <message>
        <source>Titanium</source>
        <translation>Titan</translation>
    </message>
    <message>
        <source>Steel</source>
        <translation>Stahl</translation>
    </message>
    <message>
        <source>Polyethylene</source>
        <translation>Polyethylen</translation>
    </message>
    <message>
        <source>Bone</source>
        <translation>Knochen</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Made of</source>
        <translation>Besteht aus</translation>
    </message>
    <message>
        <source>The scene is being closed.</source>
        <translation>Die Szene wird gerade geschlossen.</translation>
    </message>
    <message>
        <source>Register this frame first, or give its pose under Start.</source>
        <translation>Dieses Einzelbild zuerst registrieren, oder seine Pose unter Start angeben.</translation>
    </message>
    <message>
        <source>Choose what is to be followed: the bones of the CT, or a model.</source>
        <translation>Wählen, was verfolgt werden soll: die Knochen des CT, oder ein Modell.</translation>
    </message>
    <message>
        <source>Follow this model.</source>
        <translation>Dieses Modell verfolgen.</translation>
    </message>
    <message>
        <source>Choose a model first.</source>
        <translation>Zuerst ein Modell wählen.</translation>
    </message>
    <message>
        <source>It is in the table already.</source>
        <translation>Es ist schon in der Tabelle.</translation>
    </message>
    <message>
        <source>{name} was drawn by this module; choose the model of an implant or a bone.</source>
        <translation>{name} ist von diesem Modul gezeichnet; das Modell eines Implantats oder Knochens wählen.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackPlots</name>
    <message>
        <source>Knee</source>
        <translation>Knie</translation>
    </message>
    <message>
        <source>Hip</source>
        <translation>Hüfte</translation>
    </message>
    <message>
        <source>Ankle</source>
        <translation>Sprunggelenk</translation>
    </message>
    <message>
        <source>Elbow</source>
        <translation>Ellenbogen</translation>
    </message>
    <message>
        <source>Wrist</source>
        <translation>Handgelenk</translation>
    </message>
    <message>
        <source>Shoulder</source>
        <translation>Schulter</translation>
    </message>
    <message>
        <source>Similarity and expected error</source>
        <translation>Ähnlichkeit und Fehler</translation>
    </message>
    <message>
        <source>Joint angles</source>
        <translation>Gelenkwinkel</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackRange</name>
    <message>
        <source>Frame {number} is left out; go to another one to start from, or untick it.</source>
        <translation>Bild {number} ist ausgelassen; gehen Sie zu einem anderen, um dort zu beginnen, oder nehmen Sie den Haken weg.</translation>
    </message>
    <message>
        <source>These X-rays are tracked with the frames that belong together; start a new registration for others.</source>
        <translation>Diese Röntgenbilder sind so verfolgt, wie sie zusammengehören; für andere eine neue Registrierung beginnen.</translation>
    </message>
    <message>
        <source>One browser steps these X-rays together; give each its own to say which frames belong together.</source>
        <translation>Ein Browser schaltet diese Röntgenbilder zusammen weiter; jedem einen eigenen geben, um zu sagen, welche Bilder zusammengehören.</translation>
    </message>
    <message>
        <source>Go to frames that were taken at the same time in the table of X-rays, then press this.</source>
        <translation>In der Tabelle der Röntgenbilder Bilder wählen, die zur selben Zeit aufgenommen wurden, dann hier drücken.</translation>
    </message>
    <message>
        <source>frame {number} of {name}</source>
        <translation>Bild {number} von {name}</translation>
    </message>
    <message>
        <source>Together: {frames}, and so on.</source>
        <translation>Zusammen: {frames}, und so weiter.</translation>
    </message>
    <message>
        <source>Leave this frame out</source>
        <translation>Dieses Bild auslassen</translation>
    </message>
    <message>
        <source>Leave this frame out ({numbers} are)</source>
        <translation>Dieses Bild auslassen (ausgelassen: {numbers})</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackSection</name>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Track</source>
        <translation>Verfolgen</translation>
    </message>
    <message>
        <source>Stop; the frames that are done stay.</source>
        <translation>Anhalten; die fertigen Einzelbilder bleiben.</translation>
    </message>
    <message>
        <source>Follow the bodies through the frames.</source>
        <translation>Die Körper durch die Einzelbilder verfolgen.</translation>
    </message>
    <message>
        <source>Ready to track from this frame.</source>
        <translation>Bereit, von diesem Einzelbild aus zu verfolgen.</translation>
    </message>
    <message>
        <source>Stopping...</source>
        <translation>Wird angehalten...</translation>
    </message>
    <message>
        <source>The registration or a body was deleted meanwhile; the track is not shown.</source>
        <translation>Die Registrierung oder ein Körper wurde inzwischen gelöscht; die Verfolgung wird nicht gezeigt.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.trackShow</name>
    <message>
        <source>the scene</source>
        <translation>die Szene</translation>
    </message>
    <message>
        <source>Trusted</source>
        <translation>Verlässlich</translation>
    </message>
    <message>
        <source>Not trusted</source>
        <translation>Nicht verlässlich</translation>
    </message>
    <message>
        <source>{word}: frame {frame}, {reason}.</source>
        <translation>{word}: Einzelbild {frame}, {reason}.</translation>
    </message>
    <message>
        <source>{mm} mm (95 %: {bound} mm)</source>
        <translation>{mm} mm (95 %: {bound} mm)</translation>
    </message>
    <message>
        <source>not used</source>
        <translation>nicht verwendet</translation>
    </message>
    <message>
        <source>{mm} mm, {deg}° to expect</source>
        <translation>{mm} mm, {deg}° zu erwarten</translation>
    </message>
    <message>
        <source>{mm} mm in space to expect</source>
        <translation>{mm} mm im Raum zu erwarten</translation>
    </message>
    <message>
        <source>The limits of a track&apos;s verdicts are chosen, not calibrated; Assess judges this frame.</source>
        <translation>Die Grenzen für die Bewertungen einer Verfolgung sind gewählt, nicht kalibriert; Bewerten beurteilt dieses Einzelbild.</translation>
    </message>
    <message>
        <source>trusted</source>
        <translation>verlässlich</translation>
    </message>
    <message>
        <source>not trusted</source>
        <translation>nicht verlässlich</translation>
    </message>
    <message>
        <source>frame</source>
        <translation>Einzelbild</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>why</source>
        <translation>warum</translation>
    </message>
    <message>
        <source>similarity</source>
        <translation>Ähnlichkeit</translation>
    </message>
    <message>
        <source>{name}: expected error</source>
        <translation>{name}: zu erwartender Fehler</translation>
    </message>
    <message>
        <source>{count} frames are tracked.</source>
        <translation>{count} Einzelbilder sind verfolgt.</translation>
    </message>
    <message>
        <source>✘ Not trusted: {frames}. Go there, correct the pose, and track on from it.</source>
        <translation>✘ Nicht verlässlich: {frames}. Dorthin gehen, die Pose korrigieren und von dort weiter verfolgen.</translation>
    </message>
    <message>
        <source>the CT</source>
        <translation>das CT</translation>
    </message>
    <message>
        <source>the geometry of an X-ray</source>
        <translation>die Geometrie eines Röntgenbilds</translation>
    </message>
    <message>
        <source>Since then {what} was changed: track again.</source>
        <translation>Seitdem wurde {what} geändert: neu verfolgen.</translation>
    </message>
    <message>
        <source>expected error of the overlay</source>
        <translation>zu erwartender Fehler der Überlagerung</translation>
    </message>
    <message>
        <source>expected error in space</source>
        <translation>zu erwartender Fehler im Raum</translation>
    </message>
    <message>
        <source>frame shown</source>
        <translation>gezeigtes Einzelbild</translation>
    </message>
    <message>
        <source>Similarity (blue), {error} in mm (orange), not trusted (red). A click goes to the frame.</source>
        <translation>Ähnlichkeit (blau), {error} in mm (orange), nicht verlässlich (rot). Ein Klick führt zum Einzelbild.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.verdicts</name>
    <message>
        <source>moved by hand, not assessed</source>
        <translation>von Hand bewegt, nicht bewertet</translation>
    </message>
    <message>
        <source>geometry edited, not assessed</source>
        <translation>Geometrie geändert, nicht bewertet</translation>
    </message>
    <message>
        <source>another image, not assessed</source>
        <translation>anderes Bild, nicht bewertet</translation>
    </message>
    <message>
        <source>CT moved or changed, not assessed</source>
        <translation>CT bewegt oder geändert, nicht bewertet</translation>
    </message>
    <message>
        <source>bones changed, not assessed</source>
        <translation>Knochen geändert, nicht bewertet</translation>
    </message>
    <message>
        <source>use or error allowed changed, not assessed</source>
        <translation>Verwendung oder erlaubter Fehler geändert, nicht bewertet</translation>
    </message>
    <message>
        <source>; the best pose elsewhere {share:.0%}</source>
        <translation>; die beste Pose anderswo {share:.0%}</translation>
    </message>
    <message>
        <source>{agree} of {total} tried agree with the pose</source>
        <translation>{agree} von {total} versuchten passen zur Pose</translation>
    </message>
    <message>
        <source>not used</source>
        <translation>nicht verwendet</translation>
    </message>
    <message>
        <source>{mm} mm, {deg}° to expect</source>
        <translation>{mm} mm, {deg}° zu erwarten</translation>
    </message>
    <message>
        <source>{mm} mm to expect</source>
        <translation>{mm} mm zu erwarten</translation>
    </message>
    <message>
        <source>being registered, not assessed yet</source>
        <translation>wird registriert, noch nicht bewertet</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.viewPrior</name>
    <message>
        <source>The view is the one of the C-arm&apos;s angles that DICOM tells.</source>
        <translation>Die Ansicht ist die der C-Bogen-Winkel, die DICOM nennt.</translation>
    </message>
    <message>
        <source>DICOM: {view}</source>
        <translation>DICOM: {view}</translation>
    </message>
    <message>
        <source>Auto: {view}</source>
        <translation>Auto: {view}</translation>
    </message>
    <message>
        <source>How the beam runs through the patient, roughly: {view}. Unknown takes longest.</source>
        <translation>Wie der Strahl ungefähr durch den Patienten läuft: {view}. Unbekannt dauert am längsten.</translation>
    </message>
    <message>
        <source>view</source>
        <translation>Ansicht</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.viewsSection</name>
    <message>
        <source>DRR of {xray}</source>
        <translation>DRR von {xray}</translation>
    </message>
    <message>
        <source>pose given</source>
        <translation>Pose gegeben</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.virtualExpose</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Expose</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>Exposing...</source>
        <translation>Wird aufgenommen...</translation>
    </message>
    <message>
        <source>{name} is in the table of X-rays: scatter to {error:.1f} %, dose-area product {dose:.3g} mGy cm² (an estimate, not for clinical use).</source>
        <translation>{name} ist in der Tabelle der Röntgenbilder: Streustrahlung auf {error:.1f} %, Dosisflächenprodukt {dose:.3g} mGy cm² (geschätzt, nicht für den klinischen Gebrauch).</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.virtualSection</name>
    <message>
        <source>The scene is being closed.</source>
        <translation>Die Szene wird gerade geschlossen.</translation>
    </message>
    <message>
        <source>At the isocentre it magnifies {times:.2f} times and sees {field:.0f} mm.</source>
        <translation>Am Isozentrum vergrößert er {times:.2f}-fach und sieht {field:.0f} mm.</translation>
    </message>
    <message>
        <source>Virtual X-ray</source>
        <translation>Virtuelles Röntgenbild</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.virtualWidgets</name>
    <message>
        <source>None</source>
        <translation>Keines</translation>
    </message>
    <message>
        <source>Front to back (AP)</source>
        <translation>Von vorn nach hinten (AP)</translation>
    </message>
    <message>
        <source>Back to front (PA)</source>
        <translation>Von hinten nach vorn (PA)</translation>
    </message>
    <message>
        <source>Lateral</source>
        <translation>Seitlich</translation>
    </message>
    <message>
        <source>Inlet</source>
        <translation>Inlet</translation>
    </message>
    <message>
        <source>Outlet</source>
        <translation>Outlet</translation>
    </message>
    <message>
        <source>Obturator oblique, right</source>
        <translation>Obturator-Aufnahme, rechts</translation>
    </message>
    <message>
        <source>Obturator oblique, left</source>
        <translation>Obturator-Aufnahme, links</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.wristData</name>
    <message>
        <source>Biplane X-rays of a wrist with their calibration and the bones&apos; CT will be downloaded from
{address}

They are the sample data of Autoscoper, Brown University, under Autoscoper&apos;s licence (BSD-style), which is the file LICENSE of github.com/BrownBiomechanics/Autoscoper. Download them?</source>
        <translation>Biplanare Röntgenbilder eines Handgelenks mit ihrer Kalibrierung und dem CT der Knochen werden heruntergeladen von
{address}

Es sind die Beispieldaten von Autoscoper, Brown University, unter der Lizenz von Autoscoper (BSD-artig), der Datei LICENSE von github.com/BrownBiomechanics/Autoscoper. Sie herunterladen?</translation>
    </message>
    <message>
        <source>{name} is damaged; delete it and download it again</source>
        <translation>{name} ist beschädigt; es löschen und neu herunterladen</translation>
    </message>
    <message>
        <source>The wrist is in {folder}: X-rays in XMA_UND, calibrations in Calibration, bones in Models.</source>
        <translation>Das Handgelenk ist in {folder}: Röntgenbilder in XMA_UND, Kalibrierungen in Calibration, Knochen in Models.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationPanel.xraySection</name>
    <message>
        <source>X-ray</source>
        <translation>Röntgenbild</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>Einzelbild</translation>
    </message>
    <message>
        <source>Geometry</source>
        <translation>Geometrie</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>geometry</source>
        <translation>Geometrie</translation>
    </message>
    <message>
        <source>Add an X-ray to the table.</source>
        <translation>Ein Röntgenbild in die Tabelle aufnehmen.</translation>
    </message>
    <message>
        <source>{name} is not a single image; remove it.</source>
        <translation>{name} ist kein einzelnes Bild; es entfernen.</translation>
    </message>
    <message>
        <source> and </source>
        <translation> und </translation>
    </message>
    <message>
        <source>Give the {missing} of {name}.</source>
        <translation>Für {name} angeben: {missing}.</translation>
    </message>
    <message>
        <source>Add this X-ray to the table.</source>
        <translation>Dieses Röntgenbild in die Tabelle aufnehmen.</translation>
    </message>
    <message>
        <source>Choose an X-ray first.</source>
        <translation>Zuerst ein Röntgenbild wählen.</translation>
    </message>
    <message>
        <source>It is in the table already.</source>
        <translation>Es ist schon in der Tabelle.</translation>
    </message>
    <message>
        <source>{name} is not a single image, nor the frames of an X-ray; choose an X-ray.</source>
        <translation>{name} ist weder ein einzelnes Bild noch sind es die Einzelbilder eines Röntgenbilds; ein Röntgenbild wählen.</translation>
    </message>
    <message>
        <source>{name} has {count} frames; add it, and choose one in its row.</source>
        <translation>{name} hat {count} Einzelbilder; es hinzufügen und eines in seiner Zeile wählen.</translation>
    </message>
    <message>
        <source>{count} X-ray(s) of the scene could not be loaded; add them again.</source>
        <translation>{count} Röntgenbild(er) der Szene konnten nicht geladen werden; sie neu hinzufügen.</translation>
    </message>
</context>
<context>
    <name>RayEmbRegistrationScene.install</name>
    <message>
        <source>RayEmb Registration needs Python packages that are not part of Slicer:

{names}

Download and install them now? This takes a few minutes.</source>
        <translation>RayEmb-Registrierung braucht Python-Pakete, die nicht zu Slicer gehören:

{names}

Jetzt herunterladen und installieren? Das dauert einige Minuten.</translation>
    </message>
    <message>
        <source>RayEmb Registration needs Python packages that are not part of Slicer:

{names}

Download and install them now? This takes a few minutes, and PyTorch some gigabytes of disk space.</source>
        <translation>RayEmb-Registrierung braucht Python-Pakete, die nicht zu Slicer gehören:

{names}

Jetzt herunterladen und installieren? Das dauert einige Minuten, und PyTorch braucht einige Gigabyte auf der Festplatte.</translation>
    </message>
</context>
</TS>
